import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { type Chooser, createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { inTemporaryFolder, listNames } from "../_engine-world.ts";
import { findNames, type Task, useWriters, Writer } from "./_writers.ts";

/** Set by npm run simulate -- --kills. */
const ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 25);
const SEED = Number(process.env["SIMULATE_SEED"] ?? Date.now());
const ROWS = 12;

useWriters();

/** Four processes; a dead one is replaced. */
class Crew {
  readonly #writers: Writer[] = Array.from({ length: 4 }, () => new Writer());
  /** Waits already, as starting takes long. */
  #spare: Writer = new Writer();

  get writers(): readonly Writer[] {
    return this.#writers;
  }

  async kill(writer: Writer): Promise<void> {
    await writer.kill();
    this.#writers[this.#writers.indexOf(writer)] = this.#spare;
    this.#spare = new Writer();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#writers, this.#spare].map((writer) => writer.end()));
  }
}

interface Moment {
  readonly rows: number;
  readonly delayMs: number;
}

function chooseMoment(chooser: Chooser): Moment {
  return { rows: chooser.choose(ROWS), delayMs: chooser.choose(4) === 0 ? 0 : chooser.choose(25) };
}

function chooseTask(chooser: Chooser, path: string, name: string): Task {
  const rowsPerOpening = 1 + chooser.choose(6);
  // Long pauses let go of the lock.
  return chooser.choose(2) === 0
    ? { path, name, rows: ROWS, rowsPerOpening }
    : { path, name, rows: ROWS, rowsPerOpening, pauseMs: chooser.choose(30) };
}

interface Place {
  readonly fs: FileSystem;
  readonly path: string;
}

async function runRound(crew: Crew, chooser: Chooser, { fs, path }: Place): Promise<void> {
  const { writers } = crew;
  for (const writer of writers) writer.forget();
  const victim = writers[chooser.choose(writers.length)] ?? new Writer();
  const others = writers.filter((writer) => writer !== victim);
  const working = new Map(
    writers.map((writer, index) => [writer, writer.run(chooseTask(chooser, path, "abcd"[index] ?? ""))]),
  );
  const { rows, delayMs } = chooseMoment(chooser);
  await victim.until(() => victim.acknowledged.length >= rows);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  await crew.kill(victim);
  await Promise.all(others.map((writer) => working.get(writer)));
  const acknowledged = [...others, victim].flatMap((writer) => writer.acknowledged);
  expect(others.flatMap(({ failures }) => failures)).toEqual([]);
  expect(victim.failures).toEqual([]);
  expect(acknowledged.length).toBe(others.length * ROWS + victim.acknowledged.length);
  const [last] = others;
  await last?.run({ path, name: "last", rows: 1 });
  await check({ fs, path }, { acknowledged, victim, last });
}

interface Told {
  readonly acknowledged: readonly string[];
  readonly victim: Writer;
  readonly last: Writer | undefined;
}

async function check({ fs, path }: Place, { acknowledged, victim, last }: Told): Promise<void> {
  expect(last?.failures).toEqual([]);
  expect(last?.acknowledged).toContain("last-0");
  const found = await findNames(fs, path);
  const missing = [...acknowledged, "last-0"].filter((name) => !found.includes(name));
  expect(missing).toEqual([]);
  // The one that was killed may have written one more than it was told of.
  const more = found.filter((name) => name !== "last-0" && !acknowledged.includes(name));
  expect(more.length).toBeLessThanOrEqual(1);
  const start = victim.acknowledged[0]?.split("-")[0];
  if (start !== undefined && more.length > 0) expect(more).toEqual([`${start}-${victim.acknowledged.length}`]);
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

describe("four processes of which one is killed at a random moment", () => {
  it(`lose no acknowledged row, and no lock keeps them out, in ${ROUNDS} rounds (seed ${SEED})`, async () => {
    let rounds = 0;
    let slowestMs = 0;
    await inTemporaryFolder(async (folder, fs) => {
      const crew = new Crew();
      try {
        for (; rounds < ROUNDS; rounds++) {
          await runRound(crew, createRandomChooser(SEED + rounds), { fs, path: `${folder}/${rounds}/catalog.sqlite` });
          slowestMs = Math.max(slowestMs, ...crew.writers.map((writer) => writer.slowestMs));
        }
      } catch (cause) {
        const names = await listNames(fs, `${folder}/${rounds}`);
        throw new Error(`Round ${rounds} of seed ${SEED} failed and left ${names.join(", ")}: ${cause}`, { cause });
      } finally {
        await crew.end();
      }
    });
    console.log(`${rounds} rounds; the slowest row took ${slowestMs} ms`);
    expect(rounds).toBe(ROUNDS);
  }, 3_600_000);
});
