import initSqlJs from "sql.js";
import { afterAll, describe, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { connectFileSystem, serveFileSystem } from "../../../src/adapters/remote/file-system.ts";
import { connectHasher, serveHasher } from "../../../src/adapters/remote/hasher.ts";
import { connectSqlEngine, serveSqlEngine } from "../../../src/adapters/remote/sql-engine.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";
import { testSqlEngine } from "../../../src/testing/sql-engine-suite.ts";
import { closeAll, connect } from "./_connect.ts";

const runner = { describe, it };
afterAll(closeAll);
const nobody = { host: null, bootId: null, pid: null, startedAt: null };

testFileSystem(runner, "of another thread", async () => {
  const local = createMemoryFileSystem();
  const { caller, dispose } = connect(serveFileSystem(local));
  const fs = connectFileSystem(caller, { target: 0, capabilities: local.capabilities });
  return { fs, directory: "/", dispose };
});

testHasher(runner, "of another thread", () => {
  const { caller } = connect(serveHasher(createWasmHasher()));
  return connectHasher(caller, { target: 0, name: "wasm" });
});

testSqlEngine(runner, "of another thread", async () => {
  const sqljs = await initSqlJs();
  const fs = createMemoryFileSystem();
  const disposals: (() => Promise<void>)[] = [];
  return {
    open: async (migrations) => {
      const engine = await openSqlJsEngine({
        ...{ sqljs, fs, path: "/catalog.sqlite", mode: "create", migrations, applicationId: 1 },
        ...{ clock: systemClock, entropy: webCryptoEntropy },
        processes: { self: () => nobody, isAlive: () => undefined, endIsSeen: true },
      });
      const { caller, dispose } = connect(serveSqlEngine(engine));
      disposals.push(dispose);
      return connectSqlEngine(caller, 0);
    },
    dispose: async () => {
      for (const dispose of disposals) await dispose();
    },
  };
});
