import { expect } from "vitest";
import { type Chooser, createRandomChooser } from "../src/testing/simulation/chooser.ts";

/*
 * What is long by nature has two forms: `npm test` tries a sample of it, `npm run simulate` the whole. A seed chooses the
 * sample. Each run has another one, which vitest.config.ts prints and SIMULATE_SEED gives again.
 */

/** The seed of this run. */
export const SEED: number = Number(process.env["SIMULATE_SEED"] ?? 1);

/** How often to do what has no end: `few` times, or as often as `npm run simulate` says in a variable. */
export function roundsOf(variable: string, few: number): number {
  return Number(process.env[variable] ?? few);
}

/** Whether `npm run simulate` has set a variable. */
export function isWhole(variable: string): boolean {
  return process.env[variable] !== undefined;
}

/** Which of many cases to try. */
export interface CasesOptions {
  /** Set by `npm run simulate` for all of them. */
  readonly variable: string;
  readonly few: number;
  /** What they are cases of: each has its own sample. */
  readonly of: string;
}

/** A few of the cases, in their order; or all of them, as `npm run simulate` says. */
export function sampleOf<Case>(cases: readonly Case[], { variable, few, of }: CasesOptions): readonly Case[] {
  if (isWhole(variable)) return cases;
  const { choose } = createRandomChooser(SEED ^ hashOf(of));
  const left = [...cases.keys()];
  const chosen = new Set<number>();
  while (chosen.size < few && left.length > 0) chosen.add(left.splice(choose(left.length), 1)[0] ?? 0);
  return cases.filter((_, index) => chosen.has(index));
}

const choosers = new Map<string, Chooser>();

/** Decides for the test that runs: always the same for the same seed, and for each test something else. */
export function chooseForTest(count: number): number {
  const name = expect.getState().currentTestName ?? "";
  const chooser = choosers.get(name) ?? createRandomChooser(SEED ^ hashOf(name));
  choosers.set(name, chooser);
  return chooser.choose(count);
}

/** FNV-1a. */
function hashOf(text: string): number {
  return [...text].reduce((hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193), 0x811c9dc5);
}

/** Which of many numbered cases to try. */
export interface SampleOptions {
  /** One in so many; each of them with `npm run simulate -- --sweeps`. */
  readonly every: number;
  /** The number of the first one. @default 0 */
  readonly from?: number | undefined;
}

/**
 * Tries a sample of numbered cases, at least one, until `attempt` says that there is no such case. Gives a number at
 * which there is none: the smallest one if each is tried.
 * @throws what `attempt` throws, which names the case then
 */
export async function tryCases(
  { every, from = 0 }: SampleOptions,
  attempt: (number: number) => Promise<boolean>,
): Promise<number> {
  const stride = roundsOf("SWEEP_STRIDE", every);
  let number = from + chooseForTest(stride);
  // There may be fewer than that.
  while (!(await named(number, attempt))) {
    if (number === from) return from;
    number = from + Math.floor((number - from) / 2);
  }
  do number += stride;
  while (await named(number, attempt));
  return number;
}

async function named(number: number, attempt: (number: number) => Promise<boolean>): Promise<boolean> {
  try {
    return await attempt(number);
  } catch (error) {
    if (error instanceof Error) error.message = `Case ${number} of seed ${SEED}: ${error.message}`;
    throw error;
  }
}
