/** Where a simulation gets every decision from, so that a run can be repeated, and shrunk when it fails. */
export interface Chooser {
  /** An integer from 0 up to, not including, `count`. By convention 0 is the dullest choice. */
  choose(count: number): number;
  /** Every decision so far. */
  readonly trace: readonly number[];
}

/** Decides at random, always the same for the same `seed` (mulberry32). */
export function createRandomChooser(seed: number): Chooser {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return record((count) => Math.floor(next() * count));
}

/** Decides as `trace` says; 0 where it says nothing or too much. */
export function createReplayChooser(trace: readonly number[]): Chooser {
  let position = 0;
  return record((count) => Math.min(trace[position++] ?? 0, count - 1));
}

function record(decide: (count: number) => number): Chooser {
  const trace: number[] = [];
  return {
    trace,
    choose: (count) => {
      const choice = count <= 1 ? 0 : decide(count);
      if (count > 1) trace.push(choice);
      return choice;
    },
  };
}

/** Options of {@link shrinkTrace}. */
export interface ShrinkOptions {
  /** How often the run may be repeated. @default 500 */
  readonly maxRuns?: number | undefined;
}

/**
 * Looks for a duller, shorter trace with which `fails` still gives `true`: sets pieces to 0, which changes nothing of
 * what the others decide, then leaves pieces out, as long as that helps.
 */
export async function shrinkTrace(
  trace: readonly number[],
  fails: (trace: readonly number[]) => Promise<boolean>,
  { maxRuns = 500 }: ShrinkOptions = {},
): Promise<readonly number[]> {
  let best = trace;
  let runs = 0;
  const without = {
    dull: (start: number, end: number) => best.map((choice, index) => (index >= start && index < end ? 0 : choice)),
    short: (start: number, end: number) => [...best.slice(0, start), ...best.slice(end)],
  };
  for (const attempt of ["dull", "short"] as const) {
    for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
      for (let start = best.length - size; start > -size; start -= size) {
        const [from, end] = [Math.max(0, start), start + size];
        if (attempt === "dull" && best.slice(from, end).every((choice) => choice === 0)) continue;
        if (runs >= maxRuns) return best;
        runs += 1;
        const candidate = without[attempt](from, end);
        if (await fails(candidate)) best = candidate;
      }
    }
  }
  return best;
}
