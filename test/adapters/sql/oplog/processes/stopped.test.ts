import { describe, expect, it } from "vitest";
import { type LockHolder, parseLockHolder } from "../../../../../src/adapters/sql/oplog/lock/lock-holder.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { chooseForTest, roundsOf } from "../../../../sampling.ts";
import { inTemporaryFolder, listNames } from "../_engine-world.ts";
import { findNames, runWriter, useWriters, Writer } from "./_writers.ts";

const ROUNDS = roundsOf("STOP_ROUNDS", 1);
/** A round takes a second or two of an idle machine. */
const TIMEOUT_MS = 60_000 * (ROUNDS + 5);
/** The minute after which a silent holder is taken for dead is over in little more than a second. */
const HASTE = 50;
/** More than that minute, by the hasty clock. */
const BUSY_TIMEOUT_MS = 600_000;

useWriters();

async function findHolder(fs: FileSystem, path: string): Promise<LockHolder | undefined> {
  try {
    return parseLockHolder(new TextDecoder().decode(await fs.readFile(`${path}.lock`)));
  } catch {
    return undefined;
  }
}

/** Stops a process at a moment at which it holds the lock. */
async function stopWithLock(writer: Writer, fs: FileSystem, path: string): Promise<void> {
  for (;;) {
    const before = writer.acknowledged.length;
    writer.signal("SIGSTOP");
    if ((await findHolder(fs, path))?.identity.pid === writer.pid) return;
    writer.signal("SIGCONT");
    await writer.until(() => writer.acknowledged.length > before);
  }
}

async function sleepAndWake(fs: FileSystem, path: string, rowsBefore: number): Promise<void> {
  const sleeper = new Writer({ haste: HASTE });
  const other = new Writer({ haste: HASTE });
  const task = { path, rows: 1_000_000, rowsPerOpening: 7, busyTimeoutMs: BUSY_TIMEOUT_MS };
  void sleeper.run({ ...task, name: "sleeper" });
  await sleeper.until(() => sleeper.acknowledged.length >= rowsBefore);
  await stopWithLock(sleeper, fs, path);
  void other.run({ ...task, name: "other" });
  // It had to take the lock from the sleeper, and has made a checkpoint since.
  await other.until(() => other.acknowledged.length >= 20);
  const told = sleeper.acknowledged.length;
  sleeper.signal("SIGCONT");
  await sleeper.until(() => sleeper.acknowledged.length >= told + 20);
  await Promise.all([sleeper.kill(), other.kill()]);
  expect([...sleeper.failures, ...other.failures]).toEqual([]);
  expect(sleeper.acknowledged.length).toBeGreaterThanOrEqual(told + 20);
  const last = await runWriter({ path, name: "last", rows: 1 });
  expect(last.failures).toEqual([]);
  const found = await findNames(fs, path);
  const acknowledged = [...sleeper.acknowledged, ...other.acknowledged, ...last.acknowledged];
  expect(acknowledged.filter((name) => !found.includes(name))).toEqual([]);
  // Each of the two may have written one more than it was told of.
  expect(found.length - acknowledged.length).toBeLessThanOrEqual(2);
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

describe("a process that is stopped while it holds the lock", () => {
  it(
    `harms nothing when it wakes after that was taken from it, and goes on, ${ROUNDS} times`,
    async () => {
      await inTemporaryFolder(async (folder, fs) => {
        for (let round = 0; round < ROUNDS; round++) {
          await fs.makeDirectory(`${folder}/${round}`);
          await sleepAndWake(fs, `${folder}/${round}/catalog.sqlite`, 1 + chooseForTest(13));
        }
      });
    },
    TIMEOUT_MS,
  );
});
