import initSqlJs from "sql.js";
import { openFileBlobStore } from "../../src/adapters/blob/files.ts";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../src/adapters/hash/wasm.ts";
import { openSqlJsEngine } from "../../src/adapters/sql/oplog/open.ts";
import type { HostPorts } from "../../src/hosts/_open-with-ports.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import type { Hasher } from "../../src/ports/hasher.ts";
import type { ProcessTable } from "../../src/ports/process.ts";
import { testBlobStore } from "../../src/testing/blob-store/blob-store-suite.ts";
import { testFileSystem } from "../../src/testing/file-system-suite.ts";
import { testHasher } from "../../src/testing/hasher-suite.ts";
import { testSqlEngine } from "../../src/testing/sql-engine-suite.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";
import { asOtherProcess } from "../testing/_other-process.ts";
import { type OpenHost, testHost } from "./host-cases.ts";
import { testOtherCatalogs } from "./other-catalogs.ts";

/** What a runtime has, for the suites that every runtime runs. */
export interface RuntimeUnderTest {
  readonly name: string;
  readonly fs: FileSystem;
  readonly nativeHasher: () => Hasher;
  readonly processes: ProcessTable;
  readonly openCatalog: OpenHost;
  /** A new folder of the machine, as absolute path. */
  makeFolder(): Promise<string>;
  removeFolder(path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
}

const APPLICATION_ID = 0x63_63_61_74;

/** Runs the contract suites over every adapter of a runtime, and the cases of a whole host. */
export function testRuntime(runner: SuiteRunner, runtime: RuntimeUnderTest): void {
  const { name, fs, symlink, openCatalog } = runtime;
  testFileSystem(runner, name, async () => ({ fs, symlink, ...(await freshPlace(runtime)) }));
  testFileSystem(runner, "memory", async () => ({
    fs: createMemoryFileSystem(),
    directory: "/",
    dispose: async () => {},
  }));
  testHasher(runner, "wasm", createWasmHasher);
  testHasher(runner, `native of ${name}`, runtime.nativeHasher);
  testEngines(runner, runtime);
  testStores(runner, runtime);
  const makePlace = () => freshPlace(runtime);
  testHost(runner, name, { fs, openCatalog, makePlace });
  testOtherCatalogs(runner, name, { ports: portsOf(runtime), makePlace });
}

function portsOf({ fs, processes, nativeHasher }: RuntimeUnderTest): HostPorts {
  const common = { clock: systemClock, entropy: webCryptoEntropy, wasmHasher: createWasmHasher() };
  return { ...common, fs, processes, nativeHasher: nativeHasher(), loadSqlJs: () => initSqlJs() };
}

async function freshPlace(runtime: RuntimeUnderTest): Promise<{ directory: string; dispose: () => Promise<void> }> {
  const directory = await runtime.makeFolder();
  return { directory, dispose: () => runtime.removeFolder(directory) };
}

function testEngines(runner: SuiteRunner, runtime: RuntimeUnderTest): void {
  testSqlEngine(runner, `sql.js on ${runtime.name}`, async () => {
    const { directory, dispose } = await freshPlace(runtime);
    const { fs, processes } = runtime;
    const options = {
      sqljs: await initSqlJs(),
      fs,
      path: `${directory}/state/catalog.sqlite`,
      applicationId: APPLICATION_ID,
      clock: systemClock,
      entropy: webCryptoEntropy,
    };
    return {
      open: (migrations) => openSqlJsEngine({ ...options, mode: "create", migrations, processes }),
      openAsOther: (migrations, mode) =>
        openSqlJsEngine({ ...options, mode, migrations, processes: asOtherProcess(processes) }),
      dispose,
    };
  });
}

function testStores(runner: SuiteRunner, runtime: RuntimeUnderTest): void {
  testBlobStore(runner, `of files of ${runtime.name}`, async () => {
    const { directory, dispose } = await freshPlace(runtime);
    const rootDir = `${directory}/not/yet/there`;
    const store = await openFileBlobStore({ fs: runtime.fs, rootDir, entropy: webCryptoEntropy });
    return { store, dispose };
  });
}
