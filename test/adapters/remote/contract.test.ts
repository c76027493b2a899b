import initSqlJs from "sql.js";
import { afterAll, describe, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { connectFileSystem, serveFileSystem } from "../../../src/adapters/remote/file-system.ts";
import { connectHasher, serveHasher } from "../../../src/adapters/remote/hasher.ts";
import { connectSqlEngine, serveSqlEngine } from "../../../src/adapters/remote/sql-engine.ts";
import { openSqlJsEngine, type SqlJsEngineOptions } from "../../../src/adapters/sql/oplog/open.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";
import { testSqlEngine } from "../../../src/testing/sql-engine-suite.ts";
import { asOtherProcess } from "../../testing/_other-process.ts";
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
  const open = async (options: Pick<SqlJsEngineOptions, "migrations" | "mode" | "processes">): Promise<SqlEngine> => {
    const ports = { sqljs, fs, clock: systemClock, entropy: webCryptoEntropy };
    const engine = await openSqlJsEngine({ ...ports, path: "/catalog.sqlite", applicationId: 1, ...options });
    const { caller, dispose } = connect(serveSqlEngine(engine));
    disposals.push(dispose);
    return connectSqlEngine(caller, 0);
  };
  const processes = { self: () => nobody, isAlive: () => undefined, endIsSeen: true };
  return {
    open: (migrations) => open({ migrations, mode: "create", processes }),
    openAsOther: (migrations, mode) => open({ migrations, mode, processes: asOtherProcess(processes) }),
    dispose: async () => {
      for (const dispose of disposals) await dispose();
    },
  };
});
