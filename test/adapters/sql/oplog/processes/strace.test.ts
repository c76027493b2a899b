import { readFile } from "node:fs/promises";
import { afterAll, expect, it } from "vitest";
import { createNodeProcessTable } from "../../../../../src/adapters/process/node.ts";
import type { FileHandle, FileSystem } from "../../../../../src/ports/file-system.ts";
import { describeWith, type Starter } from "../../../../components.ts";
import { chooseForTest, roundsOf, sampleOf } from "../../../../sampling.ts";
import { insert, inTemporaryFolder, listNames, names, openEngine, overrideHandles } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, type Writer } from "./_writers.ts";

/** How many calls of each kind are struck at most, one in each run. */
const CALLS = roundsOf("FAULT_CALLS", 1);
/** Where only one is: one of the first so many. */
const FIRST_CALLS = 4;
/** So many runs at once. */
const RUNS_AT_ONCE = 3;
const ROWS = 4;
/** More than a run needs. */
const NONCES = 60;

/** Each with whether Node makes such calls for itself, so that only those on files of the catalog are struck. */
const SYSTEM_CALLS = [
  { call: "fsync", ofNodeToo: false, takesRoom: true },
  { call: "write", ofNodeToo: true, takesRoom: true },
  { call: "rename", ofNodeToo: false, takesRoom: true },
  { call: "link", ofNodeToo: false, takesRoom: true },
  { call: "openat", ofNodeToo: true, takesRoom: true },
  { call: "mkdir", ofNodeToo: false, takesRoom: true },
  { call: "unlink", ofNodeToo: false, takesRoom: false },
  { call: "rmdir", ofNodeToo: false, takesRoom: false },
  { call: "fchmod", ofNodeToo: false, takesRoom: false },
  { call: "close", ofNodeToo: true, takesRoom: false },
  { call: "pread64", ofNodeToo: true, takesRoom: false },
  { call: "statx", ofNodeToo: true, takesRoom: false },
  { call: "readlink", ofNodeToo: true, takesRoom: false },
  { call: "getdents64", ofNodeToo: true, takesRoom: false },
] as const;
type SystemCall = (typeof SYSTEM_CALLS)[number];

/** What can happen at a call: strace's words for it, with % for its number. */
const BLOWS = [
  { title: "fails with EIO", inject: "error=EIO:when=%", once: true, kills: false },
  { title: "fails with ENOSPC", inject: "error=ENOSPC:when=%", once: true, kills: false },
  { title: "and all later ones fail with EIO", inject: "error=EIO:when=%+", once: false, kills: false },
  { title: "is where it is killed", inject: "signal=KILL:when=%", once: false, kills: true },
] as const;
type Blow = (typeof BLOWS)[number];

/** Two for each call, or all of them. */
const STRIKES = SYSTEM_CALLS.flatMap((call) => {
  const blows = BLOWS.filter(({ inject }) => call.takesRoom || !inject.includes("ENOSPC"));
  return sampleOf(blows, { variable: "FAULT_CALLS", few: 2, of: call.call }).map((blow) => ({ ...call, ...blow }));
});

useWriters();

/** All names that the process gives to files, as its nonces are counted, and the folders that they are in. */
function pathsOf(path: string): readonly string[] {
  const nonces = Array.from({ length: NONCES }, (_, index) => (index + 1).toString(16).padStart(32, "0"));
  const inside = ["", "/new", "/snapshot-1", "/snapshot-2", "/oplog-1", "/oplog-2"];
  return [
    path.slice(0, path.lastIndexOf("/")),
    ...["", ".oplog", ".lock", ".lock.wanted", ".reserve"].map((end) => `${path}${end}`),
    ...nonces.map((nonce) => `${path}.lock.${nonce}`),
    ...nonces.flatMap((nonce) => inside.map((name) => `${path}.${nonce}.d${name}`)),
  ];
}

type Strike = SystemCall & Blow & { readonly number: number };

interface Place {
  readonly path: string;
  readonly logPath: string;
}

/** The command line that strikes a call of a process which keeps a catalog. */
function straceWords({ call, ofNodeToo, kills, inject, number }: Strike, { path, logPath }: Place): readonly string[] {
  const only = ofNodeToo ? pathsOf(path).flatMap((each) => ["-P", each]) : [];
  const what = ["-e", `trace=${call}`, "-e", `inject=${call}:${inject.replace("%", String(number))}`];
  // Does not stop at other calls; but then no signals come.
  const fast = kills ? [] : ["--seccomp-bpf"];
  return ["-f", ...fast, "-qq", "-o", logPath, ...what, ...only];
}

/** Whatever was struck: what was acknowledged is there, what was denied is not, and everything goes on. */
async function check(files: FileSystem, path: string, { acknowledged, failures }: Writer): Promise<void> {
  const open = new Set<FileHandle>();
  const fs = overrideHandles(files, (handle) => {
    open.add(handle);
    return {
      close: async () => {
        open.delete(handle);
        await handle.close();
      },
    };
  });
  const processes = createNodeProcessTable();
  const engine = await openEngine({ fs, path, processes, busyTimeoutMs: 5000 });
  const found = await names(engine);
  expect(found).toEqual(expect.arrayContaining(acknowledged));
  const denied = failures.filter(({ code }) => code !== "OUTCOME_UNKNOWN").map(({ what }) => what);
  expect(found.filter((name) => denied.includes(name))).toEqual([]);
  const rows = Array.from({ length: ROWS }, (_, row) => `row-${row}`);
  // At least one, as whoever has nothing to write does not clear away either what was left.
  for (const name of ["last", ...rows]) if (!found.includes(name)) await engine.batch([insert(name)]);
  await engine.checkpoint();
  await engine.close();
  expect(open.size).toBe(0);
  expect(await findNames(fs, path)).toEqual(["last", ...rows]);
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

/** Has a process write of which a call is struck. Gives whether it made so many of them. */
async function strike({ program, words }: Starter, blow: Strike): Promise<boolean> {
  let struck = false;
  await inTemporaryFolder(async (folder, fs) => {
    const path = `${folder}/state/catalog.sqlite`;
    const logPath = `${folder}/strace.log`;
    const under = [program, ...words, ...straceWords(blow, { path, logPath })];
    const task = { path, name: "row", rows: ROWS, rowsPerOpening: 2 };
    // Calls are counted by thread.
    const settings = { predictable: true, env: { UV_THREADPOOL_SIZE: "1" } };
    const writer = await runWriter(task, { under, ...settings });
    struck = /INJECTED|killed by/.test(await readFile(logPath, "utf8"));
    try {
      // One fault in each of two threads at the most.
      if (blow.once) expect(writer.acknowledged.length).toBeGreaterThanOrEqual(ROWS - 2);
      if (!struck) expect(writer).toMatchObject({ failures: [], acknowledged: { length: ROWS } });
      await check(fs, path, writer);
    } catch (cause) {
      const said = JSON.stringify([writer.acknowledged, writer.failures]);
      const left = (await listNames(fs, `${folder}/state`)).join(", ");
      throw new Error(`Call ${blow.number} was struck, the process said ${said} and left ${left}: ${cause}`, { cause });
    }
  });
  return struck;
}

/** Strikes one of the first calls. */
async function strikeOne(strace: Starter, blow: SystemCall & Blow): Promise<number> {
  for (let number = 1 + chooseForTest(FIRST_CALLS); number > 0; number--) {
    if (await strike(strace, { ...blow, number })) return 1;
  }
  return 0;
}

/** Strikes the first call, the second, ... until there are no more. Gives how many there are. */
async function strikeEach(strace: Starter, blow: SystemCall & Blow): Promise<number> {
  for (let first = 1; first <= CALLS; first += RUNS_AT_ONCE) {
    const length = Math.min(RUNS_AT_ONCE, CALLS - first + 1);
    const runs = Array.from({ length }, (_, index) => strike(strace, { ...blow, number: first + index }));
    const missed = (await Promise.all(runs)).indexOf(false);
    if (missed >= 0) return first + missed - 1;
  }
  return CALLS;
}

describeWith("strace", "a process of which a system call is struck", (strace) => {
  let calls = 0;

  afterAll(() => {
    process.stdout.write(`${calls} system calls struck, one in each run\n`);
  });

  it.each(STRIKES)(
    "tells the truth about what it wrote when $call $title",
    async (blow) => {
      const struck = CALLS === 1 ? await strikeOne(strace, blow) : await strikeEach(strace, blow);
      calls += struck;
      if (CALLS > RUNS_AT_ONCE) process.stdout.write(`${struck} times: ${blow.call} ${blow.title}\n`);
      expect(struck).toBeGreaterThan(0);
    },
    600_000,
  );
});
