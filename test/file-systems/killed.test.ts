import { expect, it } from "vitest";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { listNames } from "../adapters/sql/oplog/_engine-world.ts";
import { tryKills } from "../adapters/sql/oplog/processes/_kill-rounds.ts";
import { useWriters } from "../adapters/sql/oplog/processes/_writers.ts";
import { describeWith } from "../components.ts";
import { roundsOf, SEED } from "../sampling.ts";
import { mountDisk } from "./mounted-disk.ts";

/** On each kind of disk. */
const ROUNDS = Math.ceil(roundsOf("KILL_ROUNDS", 10) / 5);

useWriters();

/**
 * Each kind of disk with what it denies without a cause: of a folder that a process made a moment ago, and that nobody
 * else touched, lowntfs-3g says now and then that it is not there.
 */
const DISKS = [
  ["exfat", []],
  ["ntfs", ["NOT_FOUND"]],
] as const;

for (const [kind, excused] of DISKS) {
  describeWith(kind, `four processes of which one is killed at a random moment, on ${kind}`, () => {
    it(`lose no acknowledged row, in ${ROUNDS} rounds`, async () => {
      const disk = await mountDisk(kind);
      try {
        const fs = createNodeFileSystem();
        const { denied } = await tryKills({ fs, folder: disk.path, rounds: ROUNDS, seed: SEED, excused });
        process.stdout.write(`${ROUNDS} rounds on ${kind}; ${denied} rows were denied without a cause\n`);
        expect(await listNames(fs, disk.path)).toEqual([]);
      } finally {
        await disk.remove();
      }
    }, 3_600_000);
  });
}
