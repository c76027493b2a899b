import {
  type Chooser,
  createRandomChooser,
  createReplayChooser,
  shrinkTrace,
} from "../../../../../src/testing/simulation/chooser.ts";
import { Violation } from "./history.ts";
import { runScenario, type ScenarioOptions } from "./scenario.ts";

/** What to look for a violation in. */
export interface ExploreOptions extends Omit<ScenarioOptions, "chooser"> {
  readonly rounds: number;
  readonly seed: number;
  /** Look for a shorter schedule with the same outcome. @default true */
  readonly shrink?: boolean | undefined;
}

/** A violation, with the decisions that lead to it. */
export interface Found {
  readonly message: string;
  readonly seed: number;
  readonly trace: readonly number[];
}

/** Runs scenarios until one breaks a promise; `undefined` when none does. */
export async function findViolation(options: ExploreOptions): Promise<Found | undefined> {
  for (let seed = options.seed; seed < options.seed + options.rounds; seed++) {
    const chooser = createRandomChooser(seed);
    const message = await violationOf(options, chooser);
    if (message === undefined) continue;
    if (options.shrink === false) return { message, seed, trace: chooser.trace };
    const fails = async (trace: readonly number[]): Promise<boolean> =>
      kindOf(await violationOf({ ...options, seen: undefined }, createReplayChooser(trace))) === kindOf(message);
    const trace = await shrinkTrace(chooser.trace, fails);
    return {
      message: (await violationOf({ ...options, seen: undefined }, createReplayChooser(trace))) ?? message,
      seed,
      trace,
    };
  }
  return undefined;
}

/** Violations that begin alike are of one kind, whatever names and numbers they mention. */
function kindOf(message: string | undefined): string | undefined {
  return message?.replace(/\d+/g, "").slice(0, 40);
}

async function violationOf(options: ExploreOptions, chooser: Chooser): Promise<string | undefined> {
  try {
    await runScenario({ ...options, chooser });
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    return `${String(error)}\n${error instanceof Error ? error.stack : ""}`;
  }
}
