import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";
import type { R2BucketBinding } from "../../../src/adapters/blob/r2/binding.ts";
import { createR2Store } from "../../../src/adapters/blob/r2.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createDigestStreamHasher } from "../../../src/adapters/hash/digest-stream.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { instantiateSqlJs } from "../../../src/hosts/_instantiate-sql-js.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import { testBlobStore } from "../../../src/testing/blob-store/blob-store-suite.ts";
import { testFileSystem } from "../../../src/testing/file-system-suite.ts";
import { testHasher } from "../../../src/testing/hasher-suite.ts";
import { testSqlEngine } from "../../../src/testing/sql-engine-suite.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";
import { asOtherProcess } from "../../testing/_other-process.ts";
import { testHasherLimits } from "./hasher-cases.ts";
import { testWorkerdHost } from "./host-cases.ts";
import { testR2Store } from "./r2-cases.ts";

/*
 * The contract suites inside of workerd: `/` lists the cases, `/run` with the name of one as its body runs it.
 */

/** What a worker gets with its first request; cases run later. */
let bucket: R2BucketBinding | undefined;

function papers(): R2BucketBinding {
  if (bucket === undefined) throw new Error("Cannot use the bucket: no request has come yet");
  return bucket;
}

const cases = new Map<string, () => Promise<void> | void>();
const groups: string[] = [];
const runner: SuiteRunner = {
  describe(name, body) {
    groups.push(name);
    body();
    groups.pop();
  },
  it(name, body) {
    cases.set([...groups, name].join(" > "), body);
  },
};

const ports = { clock: systemClock, entropy: webCryptoEntropy };

testHasher(runner, "of workerd", createDigestStreamHasher);
testHasherLimits(runner);
testFileSystem(runner, "memory", async () => ({
  fs: createMemoryFileSystem(),
  directory: "/",
  dispose: async () => {},
}));
testSqlEngine(runner, "sql.js on workerd", async () => {
  const fs = createMemoryFileSystem();
  const sqljs = await instantiateSqlJs(sqlWasm);
  const hasher = createDigestStreamHasher();
  const local = {
    ...ports,
    sqljs,
    fs,
    hasher,
    processes: noProcesses,
    applicationId: 1,
    path: "/state/catalog.sqlite",
  };
  const other = { ...local, processes: asOtherProcess(noProcesses) };
  return {
    open: (migrations) => openSqlJsEngine({ ...local, mode: "create", migrations }),
    openAsOther: (migrations, mode) => openSqlJsEngine({ ...other, mode, migrations }),
    dispose: async () => {},
  };
});
testBlobStore(runner, "of R2", async () => {
  // A folder of its own in the one bucket that there is.
  const prefix = `${webCryptoEntropy.nonce()}/`;
  return {
    store: createR2Store({ bucket: papers(), bucketName: "papers", prefix, ...ports }),
    dispose: async () => {},
  };
});
testR2Store(runner, papers);
testWorkerdHost(runner, { sqlWasm, papers });

/** Runs one case; says what went wrong, if anything. */
async function run(name: string): Promise<string> {
  const body = cases.get(name);
  if (body === undefined) return `Cannot run "${name}": there is no such case`;
  try {
    await body();
    return "";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

const worker: { fetch(request: Request, env: { readonly PAPERS: R2BucketBinding }): Promise<Response> } = {
  async fetch(request, env) {
    bucket = env.PAPERS;
    if (new URL(request.url).pathname === "/run") return new Response(await run(await request.text()));
    return Response.json([...cases.keys()]);
  },
};

export default worker;
