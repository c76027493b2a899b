import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createRandomChooser, createReplayChooser, shrinkTrace } from "../../../src/testing/simulation/chooser.ts";
import { PowerLossDisk } from "../../../src/testing/simulation/power-loss-disk.ts";
import { createScheduler } from "../../../src/testing/simulation/scheduler.ts";

const DULL = createReplayChooser([]);

function attach(disk: PowerLossDisk): { readonly fs: FileSystem; kill(): void } {
  return disk.attach({ step: () => Promise.resolve(), now: () => 0, chooser: DULL });
}

async function put(fs: FileSystem, path: string, text: string, sync: boolean): Promise<void> {
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  if (sync) await handle.sync();
  await handle.close();
}

/** Everything that may be left of a file in many power failures. */
function outcomes(disk: PowerLossDisk, name: string): Set<string> {
  const found = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    const bytes = disk.crash(createRandomChooser(seed)).contentOf(name);
    found.add(bytes === undefined ? "gone" : new TextDecoder("latin1").decode(bytes));
  }
  return found;
}

describe("a power failure", () => {
  it("takes nothing that was synced, with its name", async () => {
    const disk = new PowerLossDisk();
    const { fs } = attach(disk);
    await put(fs, "/a", "synced", true);
    await fs.syncDirectory("/");
    expect(outcomes(disk, "a")).toEqual(new Set(["synced"]));
  });

  it("may take names and content apart from each other", async () => {
    const disk = new PowerLossDisk();
    const { fs } = attach(disk);
    await put(fs, "/a", "content of some length, more than a sector", false);
    const found = outcomes(disk, "a");
    for (const outcome of ["gone", "", "content of some length, more than a sector"]) expect(found).toContain(outcome);
    expect(found.size).toBeGreaterThan(20);
  });

  it("may leave any name of a file that was renamed, both, or none", async () => {
    const disk = new PowerLossDisk();
    const { fs } = attach(disk);
    await put(fs, "/a", "x", true);
    await fs.syncDirectory("/");
    await fs.rename("/a", "/b");
    const found = new Set<string>();
    for (let seed = 1; seed <= 100; seed++) found.add(disk.crash(createRandomChooser(seed)).names().join());
    expect(found).toEqual(new Set(["b", "a", "a,b", ""]));
  });

  it("takes what a failed sync left readable, also after a sync that works", async () => {
    const disk = new PowerLossDisk();
    let failing = true;
    const { fs } = disk.attach({
      step: () => Promise.resolve(),
      now: () => 0,
      chooser: DULL,
      fault: (operation) => (failing && operation === "fsync" ? "EIO" : undefined),
    });
    const handle = await fs.open("/a", "create");
    await fs.syncDirectory("/");
    const other = await fs.open("/a", "read");
    await handle.write(new TextEncoder().encode("lost"));
    await expect(handle.sync()).rejects.toMatchObject({ code: "EIO" });
    failing = false;
    await expect(other.sync()).rejects.toMatchObject({ code: "EIO" });
    await handle.write(new TextEncoder().encode("kept"));
    await handle.sync();
    expect(new TextDecoder().decode(await fs.readFile("/a"))).toBe("lostkept");
    expect(outcomes(disk, "a")).toEqual(new Set(["\0\0\0\0kept"]));
  });

  it("gives numbers of files away again at once", async () => {
    const { fs } = attach(new PowerLossDisk());
    await put(fs, "/a", "", false);
    const before = await fs.stat("/a");
    await fs.unlink("/a");
    await put(fs, "/b", "", false);
    expect((await fs.stat("/b"))?.identity).toBe(before?.identity);
    const held = await fs.open("/b", "read");
    await fs.unlink("/b");
    await put(fs, "/c", "", false);
    expect((await fs.stat("/c"))?.identity).not.toBe((await held.stat()).identity);
  });

  it("is not what kills a process: what it wrote stays, what it was about to do does not happen", async () => {
    const scheduler = createScheduler({ chooser: DULL, settle: () => new Promise((resolve) => setImmediate(resolve)) });
    const simulated = scheduler.spawn("one");
    const disk = new PowerLossDisk();
    const { fs, kill } = disk.attach({ step: (name) => simulated.step(name), now: () => 0, chooser: DULL });
    void put(fs, "/a", "text", true);
    await scheduler.advance();
    await scheduler.advance();
    simulated.kill();
    kill();
    expect(await scheduler.advance()).toBe(false);
    expect(scheduler.log).toEqual(["one: open", "one: write"]);
    expect(new TextDecoder().decode(disk.contentOf("a"))).toBe("text");
  });
});

describe("a change in a folder", () => {
  /** Begins `work`, lets it find its folders, has somebody move them, and gives what comes of it. */
  async function interrupted(
    work: (fs: FileSystem) => Promise<unknown>,
    meanwhile: (fs: FileSystem) => Promise<unknown>,
  ): Promise<{ readonly outcome: string; readonly fs: FileSystem }> {
    const scheduler = createScheduler({ chooser: DULL, settle: () => new Promise((resolve) => setImmediate(resolve)) });
    const disk = new PowerLossDisk();
    const { fs } = attach(disk);
    for (const folder of ["/a", "/b"]) await fs.makeDirectory(folder);
    await put(fs, "/a/file", "text", true);
    const simulated = scheduler.spawn("slow");
    const slow = disk.attach({ step: (name) => simulated.step(name), now: () => 0, chooser: DULL });
    const result = work(slow.fs).then(
      () => "done",
      (error: NodeJS.ErrnoException) => error.code ?? String(error),
    );
    await scheduler.advance();
    expect(simulated.alive && scheduler.waiting(simulated)).toEqual([expect.stringContaining("(found)")]);
    await meanwhile(fs);
    await scheduler.advance();
    return { outcome: await result, fs };
  }

  it("happens wherever the folder is by then", async () => {
    const { outcome, fs } = await interrupted(
      (slow) => slow.rename("/a/file", "/file"),
      (quick) => quick.rename("/a", "/b/a"),
    );
    expect(outcome).toBe("done");
    expect((await fs.stat("/file"))?.sizeBytes).toBe(4);
  });

  it.each<readonly [string, string, (slow: FileSystem) => Promise<unknown>, (quick: FileSystem) => Promise<unknown>]>([
    ["what it renames is gone", "ENOENT", (s) => s.rename("/a/file", "/file"), (q) => q.unlink("/a/file")],
    ["the folder is gone", "ENOENT", (s) => s.rename("/a/file", "/b/file"), (q) => q.removeDirectory("/b")],
    ["a folder has the name", "EISDIR", (s) => s.rename("/a/file", "/b/file"), (q) => q.makeDirectory("/b/file")],
    ["the target lies in the source", "EINVAL", (s) => s.rename("/a", "/b/a"), (q) => q.rename("/b", "/a/b")],
    ["a file has the name of a folder", "ENOTDIR", (s) => s.rename("/b", "/a/b"), (q) => q.rename("/a/file", "/a/b")],
    ["the folder there is not empty", "ENOTEMPTY", (s) => s.rename("/b", "/a/b"), putBelow],
    ["what it links is gone", "ENOENT", (s) => s.link("/a/file", "/b/file"), (q) => q.unlink("/a/file")],
  ])("fails when %s: %s", async (_when, code, work, meanwhile) => {
    expect((await interrupted(work, meanwhile)).outcome).toBe(code);
  });
});

async function putBelow(fs: FileSystem): Promise<void> {
  await fs.makeDirectory("/a/b");
  await put(fs, "/a/b/file", "", false);
}

describe("a trace that fails", () => {
  it("is shrunk to what matters", async () => {
    const trace = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const shrunk = await shrinkTrace(trace, async (candidate) => candidate.includes(9));
    expect(shrunk).toEqual([9]);
  });
});
