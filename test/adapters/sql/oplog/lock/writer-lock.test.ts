import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { WriterLock, type WriterLockOptions } from "../../../../../src/adapters/sql/oplog/lock/writer-lock.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../../../src/testing/faulty-file-system.ts";
import { createReplayChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { createProcesses, listNames, overrideCalls, overrideHandles, posixError, writeFile } from "../_engine-world.ts";
import { FILES, LockWorld } from "./_lock-world.ts";

const LOCK = FILES.lock;
const ODD = "../../etc/passwd";
/** So late that a lock that was created just now should have been finished long ago. */
const LATER = { ...systemClock, now: () => Date.now() + 4000 };
const NONCE = "5".repeat(32);

function createLock(fs: FileSystem, options: Partial<WriterLockOptions> & { pid?: number; dead?: number[] } = {}) {
  const processes = createProcesses(options.pid ?? 1, new Set(options.dead));
  return new WriterLock({
    fs,
    files: FILES,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes,
    busyTimeoutMs: 0,
    ...options,
  });
}

function withoutLinks(fs: FileSystem): FileSystem {
  return overrideCalls(fs, { link: () => Promise.reject(posixError("EPERM")) });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function holderLines(pid: number, heartbeatMs = Date.now()): Uint8Array {
  const holder = { nonce: NONCE, host: "here", bootId: "boot", pid, startedAt: "1" };
  return text(`${JSON.stringify(holder)}\n${heartbeatMs}\n`);
}

const LINKS = [
  { title: "with links", make: (fs: FileSystem) => fs },
  { title: "without links", make: withoutLinks },
];

describe.each(LINKS)("WriterLock $title", ({ make }) => {
  it("is held by one, who leaves nothing behind", async () => {
    const fs = createMemoryFileSystem();
    const lock = createLock(make(fs));
    const other = createLock(make(fs), { pid: 2 });
    await lock.acquire();
    await lock.acquire();
    expect([lock.held, await lock.wanted()]).toEqual([true, false]);
    await expect(other.acquire()).rejects.toMatchObject({
      code: "BUSY",
      message: expect.stringContaining('process 1 on host "here"'),
    });
    const waiting = other.acquire({ timeoutMs: 60_000 });
    while (!(await lock.wanted())) await systemClock.sleep(1);
    expect([other.held, await other.wanted()]).toEqual([false, false]);
    await lock.release();
    await lock.release();
    await waiting;
    expect(other.held).toBe(true);
    await other.release();
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it.each([
    { seen: true, title: "which others see" },
    { seen: false, title: "which only its sign of life tells" },
  ])("is free at once when its holder was killed, whatever it was doing, $title", async ({ seen }) => {
    let killed = 0;
    for (let step = 1, ended = false; !ended; step++) {
      const chooser = createReplayChooser([]);
      const links = make !== withoutLinks;
      const busyTimeoutMs = links ? 1 : 5000;
      const world = new LockWorld({ chooser, links, seen, blow: { kind: "kill", step }, busyTimeoutMs });
      const first = world.spawn();
      void (async () => {
        await first.lock.acquire();
        await first.lock.wanted();
        await first.lock.release();
        ended = true;
      })();
      await world.runUntil(() => ended || !first.simulated.alive);
      if (ended) break;
      killed += 1;
      const next = world.spawn();
      let done = false;
      const work = (async () => {
        await next.lock.acquire();
        await next.lock.sweep();
        await next.lock.release();
        done = true;
      })();
      await world.runUntil(() => done);
      await work;
      expect(world.disk.names(), `killed before operation ${step}`).toEqual([]);
    }
    expect(killed).toBeGreaterThan(6);
  });

  it.each(["before", "after"] as const)(
    "comes free although an operation fails, %s it takes effect",
    async (effect) => {
      for (let failAt = 1; ; failAt++) {
        const memory = createMemoryFileSystem();
        await writeFile(memory, LOCK, holderLines(9));
        const fs = createFaultyFileSystem(memory, { failAt, effect });
        const lock = createLock(make(fs), { dead: [9], clock: LATER });
        await lock.acquire().catch(() => lock.acquire());
        await lock.release();
        await lock.sweep().catch(() => lock.sweep());
        const next = createLock(memory, { pid: 2, dead: [9], clock: LATER });
        await next.acquire();
        await next.sweep();
        await next.release();
        expect((await listNames(memory, "/")).filter((name) => name.startsWith(FILES.lock.slice(1)))).toEqual([]);
        if (fs.faults === 0) break;
      }
    },
  );

  it("is taken from one that is silent for too long", async () => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, holderLines(9, Date.now() - 59_000));
    const lock = createLock(make(fs));
    await expect(lock.acquire()).rejects.toMatchObject({ code: "BUSY" });
    const other = createLock(make(fs), { silentForMs: 50_000 });
    await other.acquire();
    expect(other.held).toBe(true);
    await other.release();
  });

  it("tells that it is alive while it is held", async () => {
    const fs = createMemoryFileSystem();
    const lock = createLock(make(fs), { silentForMs: 6 });
    await lock.acquire();
    const before = (await fs.readFile(LOCK)).byteLength;
    while ((await fs.readFile(LOCK)).byteLength === before) await systemClock.sleep(1);
    await lock.release();
  });

  it("is not put back when it was given up while somebody took it for the dead one's", async () => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, holderLines(9));
    const victim = createLock(make(fs), { pid: 2, dead: [9] });
    const hasty = createLock(
      overrideCalls(make(fs), {
        rename: async (from, to) => {
          // Between the look at the dead one's lock and this, another took it from the dead one.
          if (from === LOCK) await victim.acquire();
          await fs.rename(from, to);
          if (from === LOCK) await victim.release();
        },
      }),
      { dead: [9] },
    );
    await hasty.acquire();
    expect(hasty.held).toBe(true);
    await hasty.release();
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it("is put back when it was taken for the dead one's", async () => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, holderLines(9));
    const victim = createLock(make(fs), { pid: 2, dead: [9] });
    const hasty = createLock(
      overrideCalls(make(fs), {
        rename: async (from, to) => {
          if (from === LOCK) await victim.acquire();
          await fs.rename(from, to);
        },
      }),
      { dead: [9] },
    );
    await expect(hasty.acquire()).rejects.toMatchObject({ code: "BUSY" });
    await victim.release();
    await hasty.acquire();
    await hasty.release();
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it("is shared for once when a third has it before it is put back", async () => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, holderLines(9));
    const victim = createLock(make(fs), { pid: 2, dead: [9] });
    const third = createLock(make(fs), { pid: 3, dead: [9] });
    const hasty = createLock(
      overrideCalls(make(fs), {
        rename: async (from, to) => {
          if (from === LOCK) await victim.acquire();
          await fs.rename(from, to);
          if (from === LOCK) await third.acquire();
        },
      }),
      { dead: [9] },
    );
    await expect(hasty.acquire()).rejects.toMatchObject({ message: expect.stringContaining("process 3") });
    await victim.release();
    await third.release();
    await hasty.sweep();
    expect(await listNames(fs, "/")).toEqual([]);
  });
});

describe("WriterLock", () => {
  it("waits for one who has not written yet who it is, but not for long", async () => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, text(""));
    const lock = createLock(fs);
    await expect(lock.acquire()).rejects.toMatchObject({ message: expect.stringContaining("an unknown process") });
    const later = createLock(fs, { clock: LATER });
    await later.acquire();
    await later.release();
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "7"],
    ["a nonce that is a path", JSON.stringify({ nonce: ODD })],
    ["a pid that is none", JSON.stringify({ nonce: NONCE, pid: 1.5 })],
  ])("touches no other file for a lock with %s", async (_title, line) => {
    const fs = createMemoryFileSystem();
    await writeFile(fs, LOCK, text(`${line}\n0\n`));
    await writeFile(fs, `${LOCK}.wanted.kept`, text(""));
    const lock = createLock(fs, { clock: LATER });
    await lock.acquire();
    await lock.release();
    expect(await listNames(fs, "/")).toEqual([`${FILES.lock.slice(1)}.wanted.kept`]);
  });

  it("sweeps what the dead left, and nothing else", async () => {
    const fs = createMemoryFileSystem();
    const nonces = ["1", "2", "3", "4", "5"].map((digit) => digit.repeat(32));
    await writeFile(fs, `${LOCK}.${nonces[0]}`, holderLines(9));
    await writeFile(fs, `${LOCK}.${nonces[1]}.dead`, holderLines(9));
    await writeFile(fs, `${LOCK}.${nonces[2]}`, text(""));
    // Given up: its claim is gone.
    await writeFile(fs, `${LOCK}.${nonces[3]}.dead`, holderLines(2));
    const alive = [`${LOCK}.${NONCE}`, `${LOCK}.note`];
    const lock = createLock(fs, { dead: [9] });
    await lock.acquire();
    await lock.sweep();
    await lock.release();
    expect(await listNames(fs, "/")).toEqual([]);
    for (const path of alive) await writeFile(fs, path, holderLines(2));
    await lock.sweep();
    expect((await listNames(fs, "/")).map((name) => `/${name}`)).toEqual(alive);
  });

  describe.each(LINKS)("that could not be removed, $title", ({ make }) => {
    it("is free at once for the same process, whatever failed and went on failing", async () => {
      for (const effect of ["before", "after"] as const) {
        for (let failAt = 1, failed = true; failed; failAt++) {
          const memory = createMemoryFileSystem();
          const fs = createFaultyFileSystem(memory, {
            failAt,
            effect,
            repeat: "forever",
            operations: ["unlink", "read", "readFile"],
          });
          const lock = createLock(make(fs));
          const noted = (): void => {
            failed = true;
          };
          failed = false;
          await lock.acquire().catch(noted);
          await lock.release().catch(noted);
          expect(lock.held).toBe(false);
          const next = createLock(make(memory));
          await next.acquire();
          await next.release();
          expect(await listNames(memory, "/"), `${effect} ${failAt}`).not.toContain(FILES.lock.slice(1));
        }
      }
    });

    it("is free at once for others, if it could be written to", async () => {
      const fs = createMemoryFileSystem();
      const stubborn = overrideCalls(fs, { unlink: () => Promise.reject(posixError("EIO")) });
      const lock = createLock(make(stubborn));
      await lock.acquire();
      await expect(lock.release()).rejects.toMatchObject({ code: "EIO" });
      const next = createLock(make(fs), { pid: 2 });
      await next.acquire();
      await next.release();
      await next.sweep();
      expect(await listNames(fs, "/")).toEqual([]);
    });

    it("keeps others out if it could not, until it was silent for long enough", async () => {
      const fs = createMemoryFileSystem();
      let broken = false;
      const dying = overrideHandles(fs, (handle) => ({
        write: (bytes) => (broken ? Promise.reject(posixError("EIO")) : handle.write(bytes)),
      }));
      const unlink = (path: string): Promise<void> => (broken ? Promise.reject(posixError("EIO")) : fs.unlink(path));
      const lock = createLock(make(overrideCalls(dying, { unlink })));
      await lock.acquire();
      broken = true;
      await expect(lock.release()).rejects.toMatchObject({ code: "EIO" });
      broken = false;
      // The processes of a test share the memory of what was given up.
      const copy = await fs.readFile(LOCK);
      await writeFile(
        fs,
        "/copy",
        text(new TextDecoder().decode(copy).replace(/"nonce":"[^"]*"/, `"nonce":"${NONCE}"`)),
      );
      await fs.rename("/copy", LOCK);
      await expect(createLock(make(fs), { pid: 2 }).acquire()).rejects.toMatchObject({ code: "BUSY" });
      await createLock(make(fs), { pid: 2, silentForMs: -1 }).acquire();
    });
  });

  it.each([
    { says: "nothing", aheadMs: 4000, free: true },
    { says: "nothing", aheadMs: 2000, free: false },
    { says: "who has it", aheadMs: 61_000, free: true },
    { says: "who has it", aheadMs: 59_000, free: false },
  ] as const)(
    "that says $says and comes $aheadMs ms from the future is from before the clock was set back: $free",
    async ({ says, aheadMs, free }) => {
      const fs = createMemoryFileSystem();
      await writeFile(fs, LOCK, says === "nothing" ? text("") : holderLines(9, Date.now()));
      const clock = { ...systemClock, now: () => Date.now() - aheadMs };
      const lock = createLock(fs, { clock });
      const outcome = await lock.acquire().then(
        () => true,
        (error: unknown) => error,
      );
      expect(outcome).toEqual(free ? true : expect.objectContaining({ code: "BUSY" }));
      await lock.release();
    },
  );

  it("names what is in the way", async () => {
    const fs = createMemoryFileSystem();
    const refused = overrideCalls(fs, { link: () => Promise.reject(posixError("EACCES")) });
    await expect(createLock(refused).acquire()).rejects.toMatchObject({ code: "PERMISSION" });
    const full = overrideHandles(fs, () => ({ write: () => Promise.reject(posixError("ENOSPC")) }));
    await expect(createLock(full).acquire()).rejects.toMatchObject({ code: "NO_SPACE" });
    const copying = overrideHandles(withoutLinks(fs), (handle, path) => ({
      write: (bytes) => (path === LOCK ? Promise.reject(posixError("ENOSPC")) : handle.write(bytes)),
    }));
    await expect(createLock(copying).acquire()).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await listNames(fs, "/")).toEqual([]);
  });

  it("stops waiting when it is aborted", async () => {
    const fs = createMemoryFileSystem();
    await createLock(fs, { pid: 2 }).acquire();
    const abort = new AbortController();
    const waiting = createLock(fs).acquire({ signal: abort.signal, timeoutMs: 60_000 });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe("A lock that is moved aside in the moment in which it is made, and put back", () => {
  it("is that of who made it", async () => {
    const fs = createMemoryFileSystem();
    let looked = 0;
    const moving = overrideCalls(withoutLinks(fs), {
      lstat: async (path: string) => {
        looked += path === LOCK ? 1 : 0;
        if (path !== LOCK || looked > 1) return fs.lstat(path);
        await fs.rename(LOCK, `${LOCK}.aside`);
        const found = await fs.lstat(path);
        await fs.rename(`${LOCK}.aside`, LOCK);
        return found;
      },
    });
    const lock = createLock(moving);
    await lock.acquire();
    expect(lock.held).toBe(true);
    await expect(createLock(fs, { pid: 2 }).acquire()).rejects.toMatchObject({ code: "BUSY" });
    await lock.release();
    expect(await listNames(fs, "/")).toEqual([]);
  });
});
