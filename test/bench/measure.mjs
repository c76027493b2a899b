/* Runs the sides of a benchmark in turn, and says how they compare. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What each figure is and how its goal reads: `speed`, `time`, `processor` (time of the whole process, Linux only) and
 * `memory` are ours over the peer's; only for speed is more better. `memoryAbove` is what ours has more than the peer, in MiB.
 * The others are what one side reports about itself: milliseconds, and memory over the size of its file.
 */
const FIGURES = {
  speed: { ratio: (ours, peer) => peer.milliseconds / ours.milliseconds, isMet: (value, goal) => value >= goal },
  time: { ratio: (ours, peer) => ours.milliseconds / peer.milliseconds, isMet: (value, goal) => value <= goal },
  processor: { ratio: (ours, peer) => ours.processorMs / peer.processorMs, isMet: (value, goal) => value <= goal },
  memory: { ratio: (ours, peer) => ours.maxRssKib / peer.maxRssKib, isMet: (value, goal) => value <= goal },
  memoryAbove: {
    ratio: (ours, peer) => (ours.maxRssKib - peer.maxRssKib) / 1024,
    isMet: (value, goal) => value <= goal,
  },
  milliseconds: { ratio: (ours) => ours.milliseconds, isMet: (value, goal) => value <= goal },
  commitMilliseconds: { ratio: (ours) => ours.commitMs, isMet: (value, goal) => value <= goal },
  memoryPerFile: { ratio: (ours) => ours.maxRssKib / ours.fileKib, isMet: (value, goal) => value <= goal },
};

/** The folder of the build. */
export const DIST = join(ROOT, "dist");

/** The command line of the built package. */
export function cli(...args) {
  return cliOf(DIST, ...args);
}

/** The command line of a build in some folder. */
export function cliOf(dist, ...args) {
  return [process.execPath, join(dist, "bin.mjs"), ...args];
}

/** A program of `test/bench/programs`. */
export function program(name, ...args) {
  return [process.execPath, join(ROOT, "test", "bench", "programs", name), ...args];
}

/** Runs every side once a round, in turn, after one round that does not count. Gives a list of samples a side. */
export function measure(sides, rounds) {
  const samples = new Map(sides.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    // Whoever goes first in one round goes last in the next.
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const side of order) {
      const sample = runSide(side);
      if (round > 0) samples.get(side.name).push(sample);
    }
  }
  return samples;
}

/**
 * Makes an empty folder. What was there goes out of the way, to be removed with all the rest at the end: on an ext4
 * without a journal making a file takes eight times as long in the minutes after many were removed.
 */
function makeFresh(folder) {
  if (existsSync(folder)) renameSync(folder, mkdtempSync(`${folder}-`));
  mkdirSync(folder, { recursive: true });
}

/** What the processes that ended so far took of the processor, in milliseconds: two fields in hundredths of a second. */
function processorMsOfChildren() {
  const path = "/proc/self/stat";
  if (!existsSync(path)) return Number.NaN;
  const [user, system] = readFileSync(path, "utf8").split(") ")[1].split(" ").slice(13, 15);
  return (Number(user) + Number(system)) * 10;
}

/** Runs one side: `timing` says whether the whole process counts or what it reports. What `setUp` does counts nowhere. */
function runSide({ name, command, timing, exitCodes = [0], fresh, setUp, env = {} }) {
  if (fresh !== undefined) makeFresh(fresh);
  if (setUp !== undefined) runCommand(setUp);
  const [file, ...args] = command;
  const before = processorMsOfChildren();
  const startedMs = performance.now();
  const result = spawnSync(file, args, { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  const milliseconds = performance.now() - startedMs;
  const processorMs = processorMsOfChildren() - before;
  if (result.error) throw result.error;
  if (!exitCodes.includes(result.status)) {
    throw new Error(`Cannot measure "${name}": exit code ${result.status}\n${result.stdout}${result.stderr}`);
  }
  const measured = timing === "wall" ? { milliseconds } : JSON.parse(result.stdout.trimEnd().split("\n").at(-1));
  return { ...measured, processorMs };
}

/** Runs a command that has to end well. */
export function runCommand([file, ...args], env = {}) {
  const { status, stderr } = spawnSync(file, args, { encoding: "utf8", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`Cannot run ${[file, ...args].join(" ")}: exit code ${status}\n${stderr}`);
}

/** How one side compares with another, with a goal or without: the median and the spread of the ratios of each round. */
export function compare({ ours, peer, without, figure, goal }, samples) {
  const { ratio, isMet } = FIGURES[figure];
  const [mine, theirs] = [samplesLess(samples, ours, without), samples.get(peer) ?? []];
  const ratios = mine.map((sample, round) => ratio(sample, theirs[round]));
  const value = median(ratios);
  const spread = { ratio: value, least: Math.min(...ratios), most: Math.max(...ratios) };
  return {
    ours,
    peer,
    ...(without !== undefined && { without }),
    figure,
    ...spread,
    ...(goal !== undefined && { goal: `${figure === "speed" ? ">=" : "<="} ${goal}`, met: isMet(value, goal) }),
  };
}

/** The samples of a side, less what another one took in the same round. */
function samplesLess(samples, side, without) {
  const less = samples.get(without) ?? [];
  return samples.get(side).map(({ milliseconds, processorMs, ...rest }, round) => ({
    ...rest,
    milliseconds: milliseconds - (less[round]?.milliseconds ?? 0),
    processorMs: processorMs - (less[round]?.processorMs ?? 0),
  }));
}

/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
