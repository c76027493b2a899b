import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import {
  type Chooser,
  createRandomChooser,
  createReplayChooser,
  shrinkTrace,
} from "../../../../../src/testing/simulation/chooser.ts";
import { Violation } from "./history.ts";
import { runScenario, type ScenarioOptions } from "./scenario.ts";
import type { LockMode } from "./world.ts";

/** In what surroundings a scenario plays. */
export interface Setting {
  readonly lockMode: LockMode;
  readonly faults: boolean;
  readonly hardlink: boolean;
  readonly mixed: boolean;
}

const LOCK_MODES = ["correct", "stolen", "none"] as const;
const BOTH = [false, true] as const;

/** Every kind of surroundings; without hard links the protocol relies on the lock in part. */
export const SETTINGS: readonly Setting[] = BOTH.flatMap((mixed) =>
  BOTH.flatMap((faults) => [
    ...LOCK_MODES.map((lockMode) => ({ lockMode, faults, hardlink: true, mixed })),
    { lockMode: "correct", faults, hardlink: false, mixed },
  ]),
);

/** What to look for a violation in. */
export interface ExploreOptions extends Omit<ScenarioOptions, "chooser" | keyof Setting>, Setting {
  readonly rounds: number;
  readonly seed: number;
  /** Look for a shorter schedule with the same outcome, and repeat the run so often. @default 500 */
  readonly shrinkRuns?: number | undefined;
}

/** A violation, and how to see it again. */
export interface Found {
  readonly message: string;
  readonly seed: number;
  /** For `npm run simulate -- --replay`. */
  readonly schedule: string;
}

/** Runs scenarios until one breaks a promise; `undefined` when none does. */
export async function findViolation(options: ExploreOptions): Promise<Found | undefined> {
  for (let seed = options.seed; seed < options.seed + options.rounds; seed++) {
    const chooser = createRandomChooser(seed);
    const message = await violationOf({ ...options, chooser });
    if (message === undefined) continue;
    const again = { ...options, seen: undefined, onRecovered: undefined };
    const outcome = (trace: readonly number[]): Promise<string | undefined> =>
      violationOf({ ...again, chooser: createReplayChooser(trace) });
    const fails = async (trace: readonly number[]): Promise<boolean> =>
      kindOf(await outcome(trace)) === kindOf(message);
    const trace = await shrinkTrace(chooser.trace, fails, { maxRuns: options.shrinkRuns });
    return { message: (await outcome(trace)) ?? message, seed, schedule: formatSchedule(options, trace) };
  }
  return undefined;
}

/** What a found violation says to people. */
export function describeFound({ message, seed, schedule }: Found): string {
  return `${message}\nseed ${seed}; to see it again:\nnpm run simulate -- --replay ${schedule}`;
}

/** A run as one word: lock, what is unusual, dropped rules, and each decision up to the last that is not 0. */
export function formatSchedule(
  { lockMode, faults, hardlink, mixed, rules }: Setting & Dropped,
  trace: readonly number[],
): string {
  const dropped = Object.entries(rules ?? {}).flatMap(([rule, holds]) => (holds ? [] : [`-${rule}`]));
  const unusual = [...(faults ? ["faults"] : []), ...(hardlink ? [] : ["nolinks"]), ...(mixed ? ["mixed"] : [])];
  const setting = [lockMode, ...unusual, ...dropped].join(",");
  const end = trace.findLastIndex((choice) => choice !== 0) + 1;
  const decisions = trace.slice(0, end).join(".");
  return `${setting}:${decisions.replace(/\b0(?:\.0)+\b/g, (zeros) => `${(zeros.length + 1) / 2}x0`)}`;
}

interface Dropped {
  readonly rules?: Partial<Rules> | undefined;
}

/** What {@link formatSchedule} wrote. @throws {SyntaxError} */
export function parseSchedule(text: string): Setting & Dropped & { readonly trace: readonly number[] } {
  const match = /^(correct|stolen|none)((?:,-?\w+)*):([\dx.]*)$/.exec(text);
  if (match === null) throw new SyntaxError(`Cannot parse schedule "${text.slice(0, 40)}": expected lock:0.1.2`);
  const [, lock = "", rest = "", decisions = ""] = match;
  const words = rest.split(",").filter((word) => word !== "");
  const lockMode = SETTINGS.find((setting) => setting.lockMode === lock)?.lockMode ?? "correct";
  return {
    lockMode,
    faults: words.includes("faults"),
    hardlink: !words.includes("nolinks"),
    mixed: words.includes("mixed"),
    rules: Object.fromEntries(words.flatMap((word) => (word.startsWith("-") ? [[word.slice(1), false]] : []))),
    trace: decisions.split(".").flatMap((word) => {
      const [choice, times] = word.split("x").reverse();
      return word === "" ? [] : Array.from({ length: Number(times ?? 1) }, () => Number(choice));
    }),
  };
}

/** Plays a schedule, and gives every step and what came of it. */
export async function replay(
  schedule: string,
): Promise<{ readonly steps: readonly string[]; readonly message?: string }> {
  const { trace, ...options } = parseSchedule(schedule);
  const steps: string[] = [];
  const chooser = createReplayChooser(trace);
  const message = await violationOf({ ...options, chooser, onStep: (line) => steps.push(line) });
  return message === undefined ? { steps } : { steps, message };
}

/** Violations that begin alike are of one kind, whatever names and numbers they mention; so are all of what is read. */
function kindOf(message: string | undefined): string | undefined {
  if (message !== undefined && / (misses|saw|has) /.test(message)) return "saw";
  return message?.replace(/\d+/g, "").slice(0, 40);
}

async function violationOf(options: ScenarioOptions & { readonly chooser: Chooser }): Promise<string | undefined> {
  try {
    await runScenario(options);
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    return `${String(error)}\n${error instanceof Error ? error.stack : ""}`;
  }
}
