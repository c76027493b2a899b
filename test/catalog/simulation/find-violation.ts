import { createRandomChooser, createReplayChooser, shrinkTrace } from "../../../src/testing/simulation/chooser.ts";
import { SEED } from "../../sampling.ts";
import { type Part, runScenario, type ScenarioOptions } from "./scenario.ts";
import { Violation } from "./violation.ts";

type Fixed = Omit<ScenarioOptions, "chooser" | "parts" | "onEnd">;

/** What to look for, and how long. */
export interface SearchOptions extends Fixed {
  /** So many schedules are tried. */
  readonly rounds: number;
  /** Who does what in a round. @default chosen */
  readonly parts?: ((round: number) => readonly Part[]) | undefined;
  /** Whether to look for a short schedule that breaks something, and to tell its steps. @default true */
  readonly shrinks?: boolean | undefined;
}

/** Tries schedules until one breaks something: what, with every step; `undefined` if none does. */
export async function findViolation(options: SearchOptions): Promise<string | undefined> {
  const { rounds, parts, shrinks = true, ...fixed } = options;
  for (let round = 0; round < rounds; round++) {
    const scenario = { ...fixed, parts: parts?.(round) };
    const chooser = createRandomChooser(SEED * 10_007 + round);
    const message = await violationOf({ ...scenario, chooser });
    if (message === undefined) continue;
    const found = `schedule ${round} of seed ${SEED}`;
    return `${found}: ${shrinks ? await describeShortest(scenario, chooser.trace) : message}`;
  }
  return undefined;
}

async function describeShortest(
  scenario: Omit<ScenarioOptions, "chooser" | "onEnd">,
  found: readonly number[],
): Promise<string> {
  const outcome = (trace: readonly number[], onEnd?: ScenarioOptions["onEnd"]): Promise<string | undefined> =>
    violationOf({ ...scenario, chooser: createReplayChooser(trace), onEnd });
  const trace = await shrinkTrace(found, async (each) => (await outcome(each)) !== undefined, { maxRuns: 400 });
  const lines: string[] = [];
  const message = await outcome(trace, (log) => lines.push(...log));
  return `${message}\n${lines.join("\n")}`;
}

async function violationOf(options: ScenarioOptions): Promise<string | undefined> {
  try {
    await runScenario(options);
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    throw error;
  }
}
