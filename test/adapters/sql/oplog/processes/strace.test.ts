import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createNodeProcessTable } from "../../../../../src/adapters/process/node.ts";
import type { FileHandle, FileSystem } from "../../../../../src/ports/file-system.ts";
import { describeWith } from "../../../../components.ts";
import { insert, inTemporaryFolder, listNames, names, openEngine, overrideHandles } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, type Writer } from "./_writers.ts";

/** How many calls of each kind are struck, one in each run; set by npm run simulate -- --faults. */
const CALLS = Number(process.env["FAULT_CALLS"] ?? 2);
const ROWS = 4;
/** More than a run needs. */
const NONCES = 60;

const SYSTEM_CALLS = ["fsync", "write", "rename", "link", "openat", "unlink", "mkdir"] as const;
type SystemCall = (typeof SYSTEM_CALLS)[number];

/** What can happen at a call: strace's words for it, with % for its number. */
const BLOWS = [
  { title: "fails with EIO", inject: "error=EIO:when=%", once: true },
  { title: "fails with ENOSPC", inject: "error=ENOSPC:when=%", once: true },
  { title: "and all later ones fail with EIO", inject: "error=EIO:when=%+", once: false },
  { title: "is where it is killed", inject: "signal=KILL:when=%", once: false },
] as const;

useWriters();

/** All names that the process gives to files, as its nonces are counted. */
function pathsBeside(path: string): readonly string[] {
  const nonces = Array.from({ length: NONCES }, (_, index) => (index + 1).toString(16).padStart(32, "0"));
  const inside = ["new", "snapshot-1", "snapshot-2", "oplog-1", "oplog-2"];
  return [
    ...["", ".oplog", ".lock", ".lock.wanted", ".reserve"].map((end) => `${path}${end}`),
    ...nonces.map((nonce) => `${path}.lock.${nonce}`),
    ...nonces.flatMap((nonce) => inside.map((name) => `${path}.${nonce}.d/${name}`)),
  ];
}

interface Strike {
  readonly call: SystemCall;
  readonly inject: string;
  readonly path: string;
  readonly logPath: string;
}

/** The command line that strikes a call of a process. */
function straceWords({ call, inject, path, logPath }: Strike): readonly string[] {
  // Node itself opens files, and writes into those with which it wakes its threads.
  const only = call === "write" || call === "openat" ? pathsBeside(path).flatMap((each) => ["-P", each]) : [];
  return ["-f", "-qq", "-o", logPath, "-e", `trace=${call}`, "-e", `inject=${call}:${inject}`, ...only];
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
  for (const name of rows) if (!found.includes(name)) await engine.batch([insert(name)]);
  await engine.checkpoint();
  await engine.close();
  expect(open.size).toBe(0);
  expect(await findNames(fs, path)).toEqual(rows);
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

describeWith("strace", "a process of which a system call is struck", ({ program, words }) => {
  it.each(SYSTEM_CALLS.flatMap((call) => BLOWS.map((blow) => ({ call, ...blow }))))(
    "tells the truth about what it wrote when $call $title",
    async ({ call, inject, once }) => {
      let struck = 0;
      for (let number = 1; number <= CALLS; number++) {
        let missed = false;
        await inTemporaryFolder(async (folder, fs) => {
          const path = `${folder}/state/catalog.sqlite`;
          const logPath = `${folder}/strace.log`;
          const strike = { call, inject: inject.replace("%", String(number)), path, logPath };
          const writer = await runWriter(
            { path, name: "row", rows: ROWS, rowsPerOpening: 2 },
            {
              under: [program, ...words, ...straceWords(strike)],
              countNonces: true,
              // Calls are counted by thread.
              env: { UV_THREADPOOL_SIZE: "1" },
            },
          );
          missed = !/INJECTED|killed by/.test(await readFile(logPath, "utf8"));
          // One fault in each of two threads at the most.
          if (once) expect(writer.acknowledged.length).toBeGreaterThanOrEqual(ROWS - 2);
          if (missed) expect(writer).toMatchObject({ failures: [], acknowledged: { length: ROWS } });
          await check(fs, path, writer);
        });
        if (missed) break;
        struck += 1;
      }
      expect(struck).toBeGreaterThan(0);
    },
    600_000,
  );
});
