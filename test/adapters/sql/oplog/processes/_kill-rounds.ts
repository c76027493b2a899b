import { rm } from "node:fs/promises";
import { expect } from "vitest";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { type Chooser, createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { listNames } from "../_engine-world.ts";
import { findNames, type Task, Writer } from "./_writers.ts";

const ROWS = 12;

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
  // Long pauses release the lock.
  return chooser.choose(2) === 0
    ? { path, name, rows: ROWS, rowsPerOpening }
    : { path, name, rows: ROWS, rowsPerOpening, pauseMs: chooser.choose(30) };
}

/** A catalog that is to be written. */
interface Place {
  readonly fs: FileSystem;
  readonly path: string;
  /** What the disk is known to say now and then of what is not so. */
  readonly excused: readonly string[];
}

/** Gives how many rows were denied that need not have been. */
async function runRound(crew: Crew, chooser: Chooser, place: Place): Promise<number> {
  const { path, excused } = place;
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
  const failures = [...others, victim].flatMap((writer) => writer.failures);
  expect(failures.filter(({ code }) => !excused.includes(code))).toEqual([]);
  const denied = failures.filter(({ what }) => what.includes("-")).map(({ what }) => what);
  expect(acknowledged.length + denied.length).toBe(others.length * ROWS + rowsTold(victim));
  const [last = victim] = others;
  for (let attempt = 0; attempt <= excused.length * 3 && !last.acknowledged.includes("last-0"); attempt++) {
    await last.run({ path, name: "last", rows: 1 });
  }
  await check(place, { acknowledged: [...acknowledged, "last-0"], denied, victim, last });
  return denied.length;
}

/** How many rows a process was told of. */
function rowsTold({ acknowledged, failures }: Writer): number {
  return acknowledged.length + failures.filter(({ what }) => what.includes("-")).length;
}

interface Told {
  readonly acknowledged: readonly string[];
  readonly denied: readonly string[];
  readonly victim: Writer;
  readonly last: Writer;
}

async function check({ fs, path, excused }: Place, { acknowledged, denied, victim, last }: Told): Promise<void> {
  expect(last.failures.filter(({ code }) => !excused.includes(code))).toEqual([]);
  expect(last.acknowledged).toContain("last-0");
  const found = await findNames(fs, path);
  expect(acknowledged.filter((name) => !found.includes(name))).toEqual([]);
  expect(denied.filter((name) => found.includes(name))).toEqual([]);
  // The one that was killed may have written one more than it was told of.
  const more = found.filter((name) => !acknowledged.includes(name));
  expect(more.length).toBeLessThanOrEqual(1);
  const start = victim.acknowledged[0]?.split("-")[0];
  if (start !== undefined && more.length > 0) expect(more).toEqual([`${start}-${rowsTold(victim)}`]);
  expect(await listNames(fs, path.slice(0, path.lastIndexOf("/")))).toEqual(["catalog.sqlite"]);
}

/** Where and how often to kill. */
export interface KillOptions {
  readonly fs: FileSystem;
  /** Is there, and empty. */
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  /** Codes of failures that are the disk's, which says what is not so. @default none */
  readonly excused?: readonly string[];
}

/** What came of it. */
export interface Kills {
  /** How many milliseconds the slowest row took. */
  readonly slowestMs: number;
  /** How many rows were denied with an excuse, and are not there. */
  readonly denied: number;
}

/**
 * Has four processes write one catalog and kills one of them, again and again. After each time everything that was
 * acknowledged must be there, nothing may be damaged or left over, and the next one must get on.
 */
export async function tryKills({ fs, folder, rounds, seed, excused = [] }: KillOptions): Promise<Kills> {
  let [slowestMs, denied] = [0, 0];
  const crew = new Crew();
  try {
    for (let round = 0; round < rounds; round++) {
      const place = { fs, path: `${folder}/${round}/catalog.sqlite`, excused };
      try {
        denied += await runRound(crew, createRandomChooser(seed + round), place);
      } catch (cause) {
        const names = await listNames(fs, `${folder}/${round}`);
        throw new Error(`Round ${round} of seed ${seed} failed and left ${names.join(", ")}: ${cause}`, { cause });
      }
      await rm(`${folder}/${round}`, { recursive: true });
      if (round % 100 === 99) process.stdout.write(`${round + 1} rounds so far\n`);
      slowestMs = Math.max(slowestMs, ...crew.writers.map((writer) => writer.slowestMs));
    }
  } finally {
    await crew.end();
  }
  return { slowestMs, denied };
}
