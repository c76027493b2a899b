import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { roundsOf } from "../../../../sampling.ts";
import { inTemporaryFolder, listNames } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, Writer } from "./_writers.ts";

/** Set by npm run simulate -- --takeovers. */
const ROUNDS = roundsOf("TAKEOVER_ROUNDS", 1);
const TIMEOUT_MS = 60_000 * (ROUNDS + 1);
const ROWS = 25;

useWriters();

async function writeAtOnce(fs: FileSystem, path: string, takers: readonly Writer[]): Promise<void> {
  await Promise.all(
    takers.map((taker, index) => {
      taker.forget();
      // Each closing is a checkpoint.
      return taker.run({ path, name: "abcd"[index] ?? "", rows: ROWS, rowsPerOpening: 1 + index });
    }),
  );
  expect(takers.flatMap(({ failures }) => failures)).toEqual([]);
  const last = await runWriter({ path, name: "last", rows: 1 }, { takesOver: true });
  expect(last.failures).toEqual([]);
  const acknowledged = [...takers, last].flatMap((taker) => taker.acknowledged);
  expect(acknowledged).toHaveLength(takers.length * ROWS + 1);
  expect(await findNames(fs, path)).toEqual(acknowledged.sort());
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

describe("processes that take the lock from each other all the time", () => {
  it(
    `lose no acknowledged row, ${ROUNDS} times`,
    async () => {
      await inTemporaryFolder(async (folder, fs) => {
        const takers = Array.from({ length: 4 }, () => new Writer({ takesOver: true }));
        for (let round = 0; round < ROUNDS; round++) {
          await writeAtOnce(fs, `${folder}/${round}/catalog.sqlite`, takers);
          await rm(`${folder}/${round}`, { recursive: true });
        }
        await Promise.all(takers.map((taker) => taker.end()));
      });
    },
    TIMEOUT_MS,
  );
});
