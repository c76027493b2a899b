import initSqlJs from "sql.js";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createOpfsFileSystem, toOpfsDirectory } from "../../../src/adapters/fs/opfs.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { openWebLockProcessTable } from "../../../src/adapters/process/web-locks.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { testBlobStore } from "../../../src/testing/blob-store/blob-store-suite.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";
import type { SqlEnginePlace } from "../../../src/testing/sql-engine/place.ts";
import { testSqlEngine } from "../../../src/testing/sql-engine-suite.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";
import { testCrashes } from "./opfs/crash-cases.ts";
import { testFaults } from "./opfs/fault-cases.ts";
import { testProcesses } from "./process-cases.ts";

/** The suites that run in a worker, over the adapters as they are. */
export function testInWorker(runner: SuiteRunner): void {
  testFileSystem(runner, "opfs", openPlace);
  testHasher(runner, "wasm", createWasmHasher);
  testSqlEngine(runner, "sql.js on opfs", openEnginePlace);
  testBlobStore(runner, "of files of opfs", async () => {
    const { fs, directory, dispose } = await openPlace();
    const store = await openFileBlobStore({ fs, rootDir: `${directory}/not/yet/there`, entropy: webCryptoEntropy });
    return { store, dispose };
  });
  testProcesses(runner);
  testFaults(runner);
  testCrashes(runner);
}

async function openPlace() {
  const nonce = webCryptoEntropy.nonce();
  // A folder of its own for each, with "/" in it: they share nothing.
  const origin = await navigator.storage.getDirectory();
  const directory = toOpfsDirectory(await origin.getDirectoryHandle(nonce, { create: true }));
  const fs = createOpfsFileSystem({ directory, locks: navigator.locks, scope: nonce, entropy: webCryptoEntropy });
  return { fs, directory: "/", dispose: () => fs.close() };
}

async function openEnginePlace(): Promise<SqlEnginePlace> {
  const { fs, dispose } = await openPlace();
  const sqljs = await initSqlJs({ locateFile: () => "/dist/sql-wasm.wasm" });
  const entropy = webCryptoEntropy;
  const shared = { locks: navigator.locks, scope: entropy.nonce(), entropy };
  const [processes, others] = [await openWebLockProcessTable(shared), await openWebLockProcessTable(shared)];
  const options = { sqljs, fs, path: "/state/catalog.sqlite", applicationId: 1, clock: systemClock, entropy };
  return {
    open: (migrations) => openSqlJsEngine({ ...options, mode: "create", migrations, processes }),
    openAsOther: (migrations, mode) => openSqlJsEngine({ ...options, mode, migrations, processes: others }),
    dispose: async () => {
      await processes.close();
      await others.close();
      await dispose();
    },
  };
}
