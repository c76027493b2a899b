import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { inTemporaryFolder, listNames } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, Writer } from "./_writers.ts";

/** Set by npm run simulate -- --robs. */
const ROUNDS = Number(process.env["ROB_ROUNDS"] ?? 3);
const TIMEOUT_MS = 60_000 * (ROUNDS + 1);
const ROWS = 25;

useWriters();

async function writeAtOnce(fs: FileSystem, path: string, robbers: readonly Writer[]): Promise<void> {
  await Promise.all(
    robbers.map((robber, index) => {
      robber.forget();
      // Each closing is a checkpoint.
      return robber.run({ path, name: "abcd"[index] ?? "", rows: ROWS, rowsPerOpening: 1 + index });
    }),
  );
  expect(robbers.flatMap(({ failures }) => failures)).toEqual([]);
  const last = await runWriter({ path, name: "last", rows: 1 }, { robs: true });
  expect(last.failures).toEqual([]);
  const acknowledged = [...robbers, last].flatMap((robber) => robber.acknowledged);
  expect(acknowledged).toHaveLength(robbers.length * ROWS + 1);
  expect(await findNames(fs, path)).toEqual(acknowledged.sort());
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

describe("processes that take the lock from each other all the time", () => {
  it(
    `lose no acknowledged row, ${ROUNDS} times`,
    async () => {
      await inTemporaryFolder(async (folder, fs) => {
        const robbers = Array.from({ length: 4 }, () => new Writer({ robs: true }));
        for (let round = 0; round < ROUNDS; round++) {
          await writeAtOnce(fs, `${folder}/${round}/catalog.sqlite`, robbers);
          await rm(`${folder}/${round}`, { recursive: true });
        }
        await Promise.all(robbers.map((robber) => robber.end()));
      });
    },
    TIMEOUT_MS,
  );
});
