import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RemoteCaller } from "../../../src/adapters/remote/channel.ts";
import { DIGEST_WORKER } from "../../../src/hosts/digest/digest-worker.gen.ts";
import { openDigests } from "../../../src/hosts/digest/open-digests.ts";
import { type DigestService, serveDigests } from "../../../src/hosts/digest/serve-digests.ts";
import { portOf } from "../../../src/hosts/digest/thread-port.ts";
import type { DigestRequest } from "../../../src/ports/digest-pool.ts";

/** Does what the path of a request says, before the script of workers does what it does. */
const FAULTS = `
  require("node:worker_threads").parentPort.on("message", ({ values }) => {
    const [path] = (values?.[0] ?? []).map((request) => request.path);
    if (path === "/exit") process.exit(7);
    if (path === "/throw") throw new Error("a fault");
  });
  ${DIGEST_WORKER}`;

let folder = "";
let file: DigestRequest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "digest-pool-"));
  await writeFile(join(folder, "file"), "hello");
  file = { path: join(folder, "file"), followSymlinks: false, sizeBytes: 5 };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a pool of workers", () => {
  it("has as many as it is told, or as there are processors, but no more than four", async () => {
    for (const [jobs, size] of [
      [3, 3],
      [undefined, Math.min(availableParallelism(), 4)],
    ] as const) {
      const pool = await openDigests({ jobs, filesOf: "node" });
      expect([pool.how, pool.size]).toEqual(["workers", size]);
      await pool.close();
    }
  });

  it.each([
    ["/exit", "Cannot read files: a thread that does so ended: exit code 7"],
    ["/throw", "Cannot read files: a thread that does so ended: a fault"],
  ])("says of a worker that died of %s what it died of, and goes on without it", async (path, message) => {
    const pool = await openDigests({ jobs: 2, filesOf: "node", script: FAULTS });
    for (const [how, size] of [
      ["workers", 1],
      ["in_thread", 1],
    ]) {
      await expect(pool.digest([{ ...file, path }])).rejects.toMatchObject({ code: "BACKEND", message });
      expect([pool.how, pool.size]).toEqual([how, size]);
      expect(await pool.digest([file])).toMatchObject([{ kind: "read", sizeBytes: 5 }]);
    }
    await pool.close();
  });

  it("consists of those that start", async () => {
    // Threads are numbered one after the other.
    const script = `
      if (require("node:worker_threads").threadId % 2 === 0) throw new Error("not this one");
      ${DIGEST_WORKER}`;
    const pool = await openDigests({ jobs: 2, filesOf: "node", script });
    expect([pool.how, pool.size]).toEqual(["workers", 1]);
    await pool.close();
  });

  it("is served over a port", async () => {
    const { port1, port2 } = new MessageChannel();
    serveDigests(port1, "node");
    const remote = new RemoteCaller(portOf(port2)).object<DigestService>();
    expect(await remote.call("digest", [[file]])).toMatchObject([{ kind: "read", sizeBytes: 5 }]);
    port1.close();
  });
});

describe("a program with a pool", () => {
  let bundle = "";

  beforeAll(async () => {
    bundle = join(folder, "open-digests.mjs");
    const entry = fileURLToPath(new URL("../../../src/hosts/digest/open-digests.ts", import.meta.url));
    await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: bundle });
  });

  function runProgram(body: string, ...flags: readonly string[]): Promise<string> {
    const program = `
      import { openDigests } from ${JSON.stringify(bundle)};
      const file = ${JSON.stringify(file)};
      ${body}`;
    return new Promise((resolve, reject) => {
      const args = [...flags, "--input-type=module", "--eval", program];
      execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
  }

  it("waits for its digests, in one file that it was bundled into, and ends though the pool was not closed", async () => {
    const body = `
      const pool = await openDigests({ jobs: 2, filesOf: "node" });
      const [{ kind }] = await pool.digest([file]);
      console.log(pool.how, kind);`;
    expect(await runProgram(body)).toBe("workers read\n");
  });

  it("starts no worker where Node permits none, and reads all the same", async () => {
    const permission = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const body = `
      const pool = await openDigests({ jobs: 2, filesOf: "node" });
      const [{ kind }] = await pool.digest([file]);
      console.log(pool.how, kind);`;
    expect(await runProgram(body, permission, "--allow-fs-read=*")).toBe("in_thread read\n");
  });

  it("loads in its workers nothing that it was told to load before", async () => {
    const preload = join(folder, "preload.mjs");
    await writeFile(preload, "console.log('loaded');");
    const body = "const pool = await openDigests({ jobs: 1, filesOf: 'node' }); console.log(pool.how);";
    expect(await runProgram(body, "--import", preload)).toBe("loaded\nworkers\n");
  });
});
