import type { DigestPool, DigestRequest, FileDigest } from "../../src/ports/digest-pool.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import { assert, assertEquals, assertFails } from "../../src/testing/assert.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";

/** A pool, and the files that it reads. */
export interface DigestPlace {
  readonly pool: DigestPool;
  readonly fs: FileSystem;
  /** An empty folder. */
  readonly directory: string;
  /** Makes a symlink, where there are any. */
  readonly symlink?: ((target: string, path: string) => Promise<void>) | undefined;
  dispose(): Promise<void>;
}

type Make = () => Promise<DigestPlace>;

/** Below, at and above what is read at once, and more than a job. */
const SIZES = [0, 1, 1000, 262_144, 262_145, 3_000_000, 9_000_000];

/** Checks what the port of pools promises. */
export function testDigests(runner: SuiteRunner, name: string, make: Make): void {
  runner.describe(`Digests ${name}`, () => {
    testFiles(runner, make);
    testOthers(runner, make);
    testFailure(runner, make);
    testAbort(runner, make);
    testThread(runner, make);
    testClose(runner, make);
  });
}

/** Checks that nobody waits for somebody who writes to a pipe. */
export function testDigestsOfPipe(
  { describe, it }: SuiteRunner,
  name: string,
  { make, makePipe }: { readonly make: Make; readonly makePipe: (path: string) => Promise<void> },
): void {
  describe(`Digests of a pipe ${name}`, () => {
    it("waits for nobody", () =>
      within(make, async ({ pool, directory }) => {
        await makePipe(`${directory}/pipe`);
        for (const followSymlinks of [true, false]) {
          const [digest] = await pool.digest([requestOf(`${directory}/pipe`, { followSymlinks })]);
          assertEquals(digest, { kind: "other", what: "other" });
        }
      }));
  });
}

function testFiles({ it }: SuiteRunner, make: Make): void {
  it("hashes files of all sizes, in the order of the requests", () =>
    within(make, async ({ pool, fs, directory }) => {
      const requests: DigestRequest[] = [];
      const expected: FileDigest[] = [];
      for (const sizeBytes of SIZES) {
        const path = `${directory}/${sizeBytes}`;
        expected.push(await writeFile(fs, path, sizeBytes));
        requests.push(requestOf(path, { sizeBytes }));
      }
      assertEquals(await pool.digest(requests), expected);
      assertEquals(await pool.digest([...requests].reverse()), [...expected].reverse());
    }));

  it("hashes more files than a job has, whatever size is expected of them", () =>
    within(make, async ({ pool, fs, directory }) => {
      const expected: FileDigest[] = [];
      for (let at = 0; at < 70; at++) expected.push(await writeFile(fs, `${directory}/${at}`, at));
      for (const sizeBytes of [0, 1_000_000_000]) {
        const requests = expected.map((_, at) => requestOf(`${directory}/${at}`, { sizeBytes }));
        assertEquals(await pool.digest(requests), expected);
      }
      assertEquals(await pool.digest([]), []);
    }));

  it("takes several calls at once", () =>
    within(make, async ({ pool, fs, directory }) => {
      const path = `${directory}/file`;
      const expected = await writeFile(fs, path, 500_000);
      const calls = Array.from({ length: 20 }, () => pool.digest([requestOf(path), requestOf(path)]));
      assertEquals(
        await Promise.all(calls),
        calls.map(() => [expected, expected]),
      );
    }));
}

function testOthers({ it }: SuiteRunner, make: Make): void {
  it("tells what is gone or no file, and reads those beside it", () =>
    within(make, async ({ pool, fs, directory }) => {
      const path = `${directory}/file`;
      const read = await writeFile(fs, path, 10);
      await fs.makeDirectory(`${directory}/folder`);
      const paths = [path, `${directory}/missing`, `${path}/below`, `${directory}/folder`, path];
      const gone: FileDigest = { kind: "gone" };
      const expected: readonly FileDigest[] = [read, gone, gone, { kind: "other", what: "directory" }, read];
      assertEquals(await pool.digest(paths.map((one) => requestOf(one))), expected);
      assertEquals(await pool.digest(paths.map((one) => requestOf(one, { followSymlinks: true }))), expected);
    }));

  it("follows symlinks only where it is told to", () =>
    within(make, async ({ pool, fs, directory, symlink }) => {
      if (symlink === undefined) return;
      const read = await writeFile(fs, `${directory}/file`, 10);
      await symlink("file", `${directory}/link`);
      await symlink("missing", `${directory}/dangling`);
      const paths = ["link", "dangling"].map((name) => `${directory}/${name}`);
      const followed = await pool.digest(paths.map((path) => requestOf(path, { followSymlinks: true })));
      assertEquals(followed, [read, { kind: "gone" }]);
      const other = { kind: "other", what: "symlink" };
      assertEquals(await pool.digest(paths.map((path) => requestOf(path))), [other, other]);
    }));
}

function testFailure({ it }: SuiteRunner, make: Make): void {
  it("tells the failure of one file, and reads the others", () =>
    within(make, async ({ pool, fs, directory }) => {
      const read = await writeFile(fs, `${directory}/file`, 10);
      const long = `${directory}/${"x".repeat(300)}`;
      const digests = await pool.digest([long, `${directory}/file`].map((path) => requestOf(path)));
      assertEquals(digests[1], read);
      const kind = digests[0]?.kind;
      // Memory has names of any length.
      assert(kind === "gone" || (digests[0]?.kind === "failed" && digests[0].code === "ENAMETOOLONG"), `got ${kind}`);
    }));
}

function testAbort({ it }: SuiteRunner, make: Make): void {
  it("rejects with the reason of an abort, before and in the middle of a large file, and goes on", () =>
    within(make, async ({ pool, fs, directory }) => {
      const path = `${directory}/large`;
      const expected = await writeFile(fs, path, 9_000_000);
      const reason = new Error("no longer wanted");
      await assertReason(pool.digest([requestOf(path)], { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const requests = Array.from({ length: 50 }, () => requestOf(path, { sizeBytes: 9_000_000 }));
      const aborted = pool.digest(requests, controller);
      const first = pool.digest([requestOf(path)]);
      // By then the first job was begun.
      await Promise.resolve();
      controller.abort(reason);
      await assertReason(aborted, reason);
      assertEquals(await first, [expected]);
      assertEquals(await pool.digest([requestOf(path)], new AbortController()), [expected]);
    }));
}

function testThread({ it }: SuiteRunner, make: Make): void {
  it("lets the program do other things meanwhile", () =>
    within(make, async ({ pool, fs, directory }) => {
      // Of threads of its own nobody doubts it.
      if (pool.how === "workers") return;
      const path = `${directory}/large`;
      await writeFile(fs, path, 9_000_000);
      const seen: string[] = [];
      const { port1, port2 } = new MessageChannel();
      const event = new Promise<void>((resolve) => {
        port1.onmessage = () => resolve();
      }).then(() => seen.push("event"));
      const digests = pool.digest([requestOf(path), requestOf(path)]).then(() => seen.push("digests"));
      port2.postMessage("now");
      await Promise.all([event, digests]);
      port1.close();
      assertEquals(seen, ["event", "digests"]);
    }));
}

function testClose({ it }: SuiteRunner, make: Make): void {
  it("rejects what waits when it is closed, and whatever is asked for afterwards", () =>
    within(make, async ({ pool, fs, directory }) => {
      const path = `${directory}/file`;
      await writeFile(fs, path, 9_000_000);
      const calls = Array.from({ length: 10 }, () => pool.digest([requestOf(path)]));
      const results = Promise.all(calls.map((call) => assertFails(() => call, "CLOSED")));
      await Promise.all([pool.close(), pool.close()]);
      await results;
      await assertFails(() => pool.digest([requestOf(path)]), "CLOSED");
      await pool.close();
    }));
}

async function within(make: Make, work: (place: DigestPlace) => Promise<void>): Promise<void> {
  const place = await make();
  try {
    await work(place);
  } finally {
    await place.pool.close();
    await place.dispose();
  }
}

function requestOf(path: string, { followSymlinks = false, sizeBytes = 10 } = {}): DigestRequest {
  return { path, followSymlinks, sizeBytes };
}

async function assertReason(call: Promise<unknown>, reason: unknown): Promise<void> {
  const caught = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(caught === reason, `expected the reason of the abort, got ${String(caught)}`);
}

/** Writes a file in which no two blocks are alike; gives what is expected of it. */
async function writeFile(fs: FileSystem, path: string, sizeBytes: number): Promise<FileDigest> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at * at) % 251;
  const handle = await fs.open(path, "create");
  for (let at = 0; at < sizeBytes; ) at += await handle.write(bytes.subarray(at));
  await handle.close();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const stat = await fs.lstat(path);
  const { modifiedMs, identity, links } = stat ?? {};
  return { kind: "read", sha256, sizeBytes, modifiedMs, identity, links } as FileDigest;
}
