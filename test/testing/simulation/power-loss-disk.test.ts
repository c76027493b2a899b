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

describe("a trace that fails", () => {
  it("is shrunk to what matters", async () => {
    const trace = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const shrunk = await shrinkTrace(trace, async (candidate) => candidate.includes(9));
    expect(shrunk).toEqual([9]);
  });
});
