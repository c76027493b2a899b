import { describe, expect, it, vi } from "vitest";
import { createMemoryFileSystem } from "../../../../src/adapters/fs/memory.ts";
import type { Clock } from "../../../../src/ports/clock.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import type { LifeSigns, ProcessTable } from "../../../../src/ports/process.ts";
import {
  createProcesses,
  identity,
  insert,
  listNames,
  names,
  openEngine,
  overrideCalls,
  posixError,
  writeFile,
} from "./_engine-world.ts";

const PATH = "/catalog.sqlite";
const LOCK = `${PATH}.lock`;
/** How long an idle lock is kept. */
const IDLE_MS = 20;
const NONCE = "5".repeat(32);

/** A clock by which sleeping takes exactly as long as it says, and nothing else any time. */
function createStillClock(): Clock {
  let nowMs = 1_700_000_000_000;
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (durationMs) => {
      await new Promise((resolve) => setImmediate(resolve));
      nowMs += durationMs;
    },
  };
}

async function locksOf(fs: FileSystem): Promise<string[]> {
  return (await listNames(fs, "/")).filter((name) => name.includes(".lock"));
}

/** A catalog of which another process, which lives, has the lock. */
async function createLocked(nowMs: number): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  await (await openEngine({ fs, path: PATH })).close();
  const lines = `${JSON.stringify({ nonce: NONCE, ...identity(9) })}\n${nowMs}\n`;
  await writeFile(fs, LOCK, new TextEncoder().encode(lines));
  return fs;
}

describe("a call that gets BUSY", () => {
  it("has waited as long as it says and no other, however soon it came after the one before", async () => {
    const clock = createStillClock();
    const fs = await createLocked(clock.now());
    const engine = await openEngine({ fs, path: PATH, clock, busyTimeoutMs: 1000 });
    for (let attempt = 0; attempt < 6; attempt++) {
      const startedMs = clock.monotonicMs();
      const failed = await engine.batch([insert("a")]).catch((error: unknown) => error);
      const tookMs = Math.round(clock.monotonicMs() - startedMs);
      expect(failed).toMatchObject({ code: "BUSY", details: { waitedMs: expect.any(Number) } });
      const { waitedMs } = (failed as { details: { waitedMs: number } }).details;
      expect(waitedMs).toBeGreaterThanOrEqual(1000);
      expect(Math.abs(waitedMs - tookMs), `attempt ${attempt}: ${waitedMs}, ${tookMs}`).toBeLessThan(20);
    }
    await fs.unlink(LOCK);
    await engine.batch([insert("a")]);
    expect(await names(engine)).toEqual(["a"]);
    await engine.close();
  });

  it("of a checkpoint has waited likewise, right after a batch gave up", async () => {
    const clock = createStillClock();
    const fs = await createLocked(clock.now());
    const engine = await openEngine({ fs, path: PATH, clock, busyTimeoutMs: 1000 });
    await expect(engine.batch([insert("a")])).rejects.toMatchObject({ code: "BUSY" });
    const startedMs = clock.monotonicMs();
    await expect(engine.checkpoint()).rejects.toMatchObject({ code: "BUSY" });
    expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(1000);
    await engine.close();
  });
});

describe("an idle lock", () => {
  it("is watched by one wait, however often it is used meanwhile", async () => {
    let waits = 0;
    const clock: Clock = {
      ...createStillClock(),
      sleep: (durationMs, signal) => {
        if (durationMs <= IDLE_MS) waits += 1;
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const engine = await openEngine({ path: PATH, clock });
    for (let count = 0; count < 20; count++) await engine.batch([insert(`thing ${count}`)]);
    expect(waits).toBe(1);
    await engine.close();
  });

  it("is kept as long after each use, and no longer", async () => {
    const sleeps: { readonly durationMs: number; readonly end: () => void }[] = [];
    let nowMs = 0;
    const clock: Clock = {
      ...{ now: () => nowMs, monotonicMs: () => nowMs },
      sleep: (durationMs) =>
        new Promise((end) => {
          if (durationMs <= IDLE_MS) sleeps.push({ durationMs, end });
        }),
    };
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, clock });
    await engine.batch([insert("a")]);
    nowMs = 15;
    await engine.batch([insert("b")]);
    nowMs = 20;
    sleeps[0]?.end();
    await vi.waitFor(() => expect(sleeps.length).toBe(2));
    // It is idle as soon as the answer is there, or a moment later.
    expect(sleeps[1]?.durationMs).toBeGreaterThanOrEqual(15);
    expect(await locksOf(fs)).not.toEqual([]);
    nowMs = 40;
    sleeps[1]?.end();
    await vi.waitFor(async () => expect(await locksOf(fs)).toEqual([]));
    await engine.close();
  });
});

describe("a batch that is aborted while it waits for the lock", () => {
  it("rejects with the reason at once, and the others wait on", async () => {
    const clock = createStillClock();
    const fs = await createLocked(clock.now());
    const engine = await openEngine({ fs, path: PATH, clock, busyTimeoutMs: 50_000 });
    const abort = new AbortController();
    const aborted = engine.batch([insert("aborted")], { signal: abort.signal });
    const other = engine.batch([insert("other")], { signal: new AbortController().signal });
    await clock.sleep(100);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await fs.unlink(LOCK);
    await other;
    expect(await names(engine)).toEqual(["other"]);
    await engine.close();
  });

  it("leaves nobody behind who waits", async () => {
    const clock = createStillClock();
    const fs = await createLocked(clock.now());
    const engine = await openEngine({ fs, path: PATH, clock, busyTimeoutMs: 50_000 });
    const reason = new Error("enough");
    const abort = new AbortController();
    const aborted = engine.batch([insert("a")], { signal: abort.signal });
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await engine.close();
    expect((await locksOf(fs)).filter((name) => !name.endsWith(".wanted"))).toEqual(["catalog.sqlite.lock"]);
  });
});

/** Processes whose end nobody sees, unless they show signs. */
function createUnseen(lifeSigns?: LifeSigns): ProcessTable {
  return { ...createProcesses(1), isAlive: () => undefined, endIsSeen: false, lifeSigns };
}

describe("a holder whose end nobody sees", () => {
  it("has released the lock when it answers, whatever the answer is", async () => {
    const fs = createMemoryFileSystem();
    const engine = await openEngine({ fs, path: PATH, processes: createUnseen() });
    const found: string[][] = [];
    const look = async (): Promise<void> => {
      found.push(await locksOf(fs));
    };
    await engine.batch([insert("a")]).then(look);
    await engine.batch([insert("a")]).catch(look);
    await engine.batch([insert("b")], { durable: false }).then(look);
    await engine.checkpoint().then(look);
    expect(found).toEqual([[], [], [], []]);
    await Promise.all([engine.batch([insert("c")]), engine.batch([insert("d")])]).then(look);
    expect(found.at(-1)).toEqual([]);
    expect(await names(engine)).toEqual(["a", "b", "c", "d"]);
    await engine.close();
  });

  it("lets others in who wait, and answers before it makes way", async () => {
    const fs = createMemoryFileSystem();
    const one = await openEngine({ fs, path: PATH, processes: createUnseen(), busyTimeoutMs: 60_000 });
    const other = await openEngine({ fs, path: PATH, processes: createProcesses(2), busyTimeoutMs: 60_000 });
    const rows = Array.from({ length: 20 }, (_, row) => row);
    const write = async (engine: typeof one, name: string): Promise<void> => {
      for (const row of rows) await engine.batch([insert(`${name} ${row}`)]);
    };
    await Promise.all([write(one, "one"), write(other, "other")]);
    expect(await names(one)).toHaveLength(40);
    await one.close();
    await other.close();
  });

  it("answers also when the lock cannot be released", async () => {
    const fs = createMemoryFileSystem();
    let broken = false;
    const unlink = (path: string): Promise<void> => (broken ? Promise.reject(posixError("EIO")) : fs.unlink(path));
    const failing = overrideCalls(fs, { unlink });
    const engine = await openEngine({ fs: failing, path: PATH, processes: createUnseen() });
    broken = true;
    await engine.batch([insert("a")]);
    broken = false;
    await engine.batch([insert("b")]);
    await engine.close();
  });

  it("keeps the lock for a moment where it shows a sign of life", async () => {
    const fs = createMemoryFileSystem();
    const signs = new Set<string>();
    const lifeSigns: LifeSigns = {
      show: async (path) => {
        signs.add(path);
        return { end: async () => void signs.delete(path) };
      },
      isGone: async () => false,
    };
    const engine = await openEngine({ fs, path: PATH, processes: createUnseen(lifeSigns) });
    await engine.batch([insert("a")]);
    const [lock, claim = ""] = await locksOf(fs);
    expect(lock).toBe("catalog.sqlite.lock");
    expect([...signs]).toEqual([`/${claim}.alive`]);
    expect(new TextDecoder().decode(await fs.readFile(LOCK))).toContain('"sign":true}\n');
    await engine.close();
    expect([await locksOf(fs), signs.size]).toEqual([[], 0]);
  });

  it("shows no sign of life that belongs to no claim", async () => {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    let shown = 0;
    const lifeSigns: LifeSigns = {
      show: async () => {
        shown += 1;
        return {
          end: async () => {
            shown -= 1;
          },
        };
      },
      isGone: async () => false,
    };
    const refused = overrideCalls(fs, { link: () => Promise.reject(posixError("EACCES")) });
    const engine = await openEngine({ fs: refused, path: PATH, processes: createUnseen(lifeSigns) });
    await expect(engine.batch([insert("a")])).rejects.toMatchObject({ code: "PERMISSION" });
    expect(shown).toBe(0);
    await engine.close();
  });
});

describe("the sign of life of a holder", () => {
  const SIGN = `${LOCK}.${NONCE}.alive`;

  async function createHeld(sign: boolean, bootId: string): Promise<FileSystem> {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    const holder = { nonce: NONCE, ...identity(1), host: "container", bootId, sign };
    const lines = new TextEncoder().encode(`${JSON.stringify(holder)}\n${createStillClock().now()}\n`);
    for (const path of [LOCK, `${LOCK}.${NONCE}`]) await writeFile(fs, path, lines);
    await writeFile(fs, SIGN, new Uint8Array(0));
    return fs;
  }

  it.each([
    { sign: true, bootId: "boot", gone: true, code: undefined, title: "that is gone proves that it is" },
    { sign: true, bootId: "boot", gone: false, code: "BUSY", title: "that is there keeps others out" },
    { sign: true, bootId: "other", gone: true, code: "BUSY", title: "says nothing on another machine" },
    { sign: false, bootId: "boot", gone: true, code: "BUSY", title: "counts only if it was promised" },
  ])("$title", async ({ sign, bootId, gone, code }) => {
    const fs = await createHeld(sign, bootId);
    const asked: string[] = [];
    const lifeSigns: LifeSigns = {
      show: async () => undefined,
      isGone: async (path) => {
        asked.push(path);
        return gone;
      },
    };
    const processes = { ...createProcesses(2), lifeSigns };
    const clock = createStillClock();
    const engine = await openEngine({ fs, path: PATH, processes, clock, busyTimeoutMs: 1000 });
    const failed = await engine.batch([insert("a")]).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    expect(failed).toBe(code);
    // Not at each of hundreds of looks.
    expect(asked.length).toBeLessThan(12);
    await engine.close();
    if (code === undefined) expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
    else expect(await listNames(fs, "/")).toContain(SIGN.slice(1));
  });

  it.each([
    { gone: true, left: ["catalog.sqlite"] },
    { gone: false, left: ["catalog.sqlite", SIGN.slice(1)] },
  ])("is swept away without its claim when it is gone: $gone", async ({ gone, left }) => {
    const fs = createMemoryFileSystem();
    await (await openEngine({ fs, path: PATH })).close();
    await writeFile(fs, SIGN, new Uint8Array(0));
    const lifeSigns: LifeSigns = { show: async () => undefined, isGone: async () => gone };
    const engine = await openEngine({ fs, path: PATH, processes: { ...createProcesses(2), lifeSigns } });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(left);
  });

  it("is swept away with its claim", async () => {
    const fs = await createHeld(true, "boot");
    await fs.unlink(LOCK);
    const lifeSigns: LifeSigns = { show: async () => undefined, isGone: async () => true };
    const clock = createStillClock();
    const engine = await openEngine({ fs, path: PATH, clock, processes: { ...createProcesses(2), lifeSigns } });
    await engine.batch([insert("a")]);
    await engine.close();
    expect(await listNames(fs, "/")).toEqual(["catalog.sqlite"]);
  });
});
