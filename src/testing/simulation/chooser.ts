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
 * Looks for a shorter, duller trace with which `fails` still gives `true`: cuts off the end, leaves out pieces, and
 * sets decisions to 0, as long as that helps.
 */
export async function shrinkTrace(
  trace: readonly number[],
  fails: (trace: readonly number[]) => Promise<boolean>,
  { maxRuns = 500 }: ShrinkOptions = {},
): Promise<readonly number[]> {
  let best = trace;
  let runs = 0;
  const attempt = async (candidate: readonly number[]): Promise<boolean> => {
    runs += 1;
    if (runs > maxRuns || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(trace.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = best.length - size; start >= 0; start -= size) {
      if (runs > maxRuns) return best;
      const without = [...best.slice(0, start), ...best.slice(start + size)];
      if (await attempt(without)) continue;
      const piece = best.slice(start, start + size);
      if (piece.some((choice) => choice !== 0)) {
        await attempt([...best.slice(0, start), ...piece.map(() => 0), ...best.slice(start + size)]);
      }
    }
  }
  return best;
}
