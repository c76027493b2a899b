import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRandomChooser } from "../../src/testing/simulation/chooser.ts";
import { SHORT_LIVED } from "../short-lived.ts";
import { PoweredDisk, type PoweredFileSystem } from "./powered-disk.ts";

const WITHOUT_SYNCS = fileURLToPath(new URL("without-syncs.mjs", import.meta.url));

/** How far behind a line that a program prints moments are looked at with preference. */
const CLOSE_MOMENTS = 40;

/** A program that works on a disk until that fails, and says what it was told is safe. */
export interface Worker {
  /** The words behind `node`. `folder` is on the disk. */
  command(folder: string): readonly string[];
  /** Whether it is to run without a single sync, to see that this is noticed. @default false */
  readonly withoutSyncs?: boolean | undefined;
}

/** Options of {@link tryPowerCuts}. */
export interface PowerCutOptions {
  readonly fileSystem: PoweredFileSystem;
  readonly worker: Worker;
  /** How many lines it may print before the power is cut. */
  readonly lines: number;
  /** How many moments of the time until then the power is also cut at. */
  readonly cuts: number;
  readonly seed: number;
  /** Looks at what is left on the disk; gives what is wrong with it. */
  look(folder: string, printed: readonly string[]): Promise<readonly string[]>;
}

/** What came of one history of a disk. */
export interface PowerCuts {
  readonly rounds: number;
  /** What was wrong after which cut. */
  readonly findings: readonly string[];
  /** How many lines there were, and requests to the disk. */
  readonly lines: number;
  readonly requests: number;
}

interface PrintedLine {
  readonly text: string;
  /** A moment of the disk that is not before the one at which it was printed. */
  readonly moment: number;
}

/**
 * Lets a program work until the power fails, and then looks at what is left: of that moment, and of others before it, as
 * if the power had failed then. Each time the cache loses everything, nothing, or some of it.
 */
export async function tryPowerCuts(options: PowerCutOptions): Promise<PowerCuts> {
  const { fileSystem, look, seed, cuts } = options;
  const disk = await PoweredDisk.create(fileSystem);
  try {
    const start = disk.moment;
    const printed = await work(disk, options);
    const { choose } = createRandomChooser(seed);
    const moments = [disk.moment];
    for (let cut = 1; cut < cuts; cut++) {
      const about = printed[choose(printed.length)];
      const close = choose(2) === 0 && about !== undefined;
      const moment = close ? about.moment + choose(CLOSE_MOMENTS) : start + choose(disk.moment - start + 1);
      moments.push(Math.min(moment, disk.moment));
    }
    const findings: string[] = [];
    for (const moment of moments.sort((a, b) => a - b)) {
      const share = [0, 100, 50, 90][choose(4)] ?? 0;
      const known = printed.filter((line) => line.moment <= moment).map(({ text }) => text);
      const found = await disk.afterFailure(
        moment,
        () => choose(100) < share,
        () => look(disk.path, known),
      );
      const where = `${fileSystem}, seed ${seed}, request ${moment} of ${disk.moment}, ${share} % kept`;
      findings.push(...found.map((text) => `${where}: ${text}`));
    }
    return { rounds: moments.length, findings, lines: printed.length, requests: disk.moment - start };
  } finally {
    await disk.remove();
  }
}

/** Runs the program, cuts the power, and gives what it printed, also afterwards: then it was safe, or a lie. */
async function work(disk: PoweredDisk, { worker, lines }: PowerCutOptions): Promise<readonly PrintedLine[]> {
  const words = worker.command(disk.path);
  const options = [...SHORT_LIVED, ...(worker.withoutSyncs ? ["--import", WITHOUT_SYNCS] : [])];
  const child = spawn(process.execPath, [...options, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const printed: PrintedLine[] = [];
  const reader = createInterface(child.stdout);
  const ended = Promise.all([once(child, "close"), once(reader, "close")]);
  await new Promise<void>((resolve) => {
    reader.on("line", (text) => {
      printed.push({ text, moment: disk.moment });
      if (printed.length >= lines) resolve();
    });
    reader.on("close", resolve);
  });
  disk.cutPower();
  const early = printed.length;
  // What it says of the dead disk counts; but some waits have no end there.
  const patience = setTimeout(() => child.kill("SIGKILL"), 2000);
  await ended;
  clearTimeout(patience);
  await disk.detach();
  if (early < lines) throw new Error(`Cannot cut the power: the program ended by itself, ${printed.at(-1)?.text}`);
  return printed;
}
