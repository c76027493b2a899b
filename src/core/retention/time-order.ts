/** Bits that one pass sorts by. */
const RADIX_BITS = 11;

/** How many different values these have. */
const BUCKETS: number = 2 ** RADIX_BITS;

/** Where the rows stand that have a time, the oldest first; of two with one time the first one. NaN is no time. */
export function orderByTime(times: Float64Array): Int32Array {
  const order = new Int32Array(times.length);
  let size = 0;
  let [least, most, sorted] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (let row = 0; row < times.length; row++) {
    const time = times[row] as number;
    if (Number.isNaN(time)) continue;
    // Most rows come in the order of time.
    if (time < most) sorted = false;
    if (time > most) most = time;
    if (time < least) least = time;
    order[size++] = row;
  }
  const rows = order.subarray(0, size);
  if (sorted) return rows;
  // Times go along with their rows, so that they are read one after the other.
  let [from, to]: [Ordered, Ordered] = [{ rows, times: new Float64Array(size) }, emptyOf(size)];
  for (let at = 0; at < size; at++) from.times[at] = (times[rows[at] as number] as number) - least;
  for (let scale = 1; scale <= most - least; scale *= BUCKETS) {
    sortBy(from, to, scale);
    [from, to] = [to, from];
  }
  return from.rows;
}

/** Rows with their times. */
interface Ordered {
  readonly rows: Int32Array;
  readonly times: Float64Array;
}

function emptyOf(size: number): Ordered {
  return { rows: new Int32Array(size), times: new Float64Array(size) };
}

/** One pass of a radix sort, which leaves rows with the same digit in the order that they have. */
function sortBy(from: Ordered, to: Ordered, scale: number): void {
  // Powers of two: nothing is rounded. A remainder of doubles would take ten times as long.
  const [inverse, above] = [1 / scale, 1 / BUCKETS];
  const digitOf = (time: number): number => {
    const shifted = time * inverse;
    return (shifted - Math.floor(shifted * above) * BUCKETS) | 0;
  };
  const ends = new Int32Array(BUCKETS + 1);
  for (const time of from.times) {
    const next = digitOf(time) + 1;
    ends[next] = (ends[next] as number) + 1;
  }
  for (let digit = 1; digit <= BUCKETS; digit++) ends[digit] = (ends[digit] as number) + (ends[digit - 1] as number);
  for (let at = 0; at < from.rows.length; at++) {
    const time = from.times[at] as number;
    const digit = digitOf(time);
    const place = ends[digit] as number;
    to.rows[place] = from.rows[at] as number;
    to.times[place] = time;
    ends[digit] = place + 1;
  }
}
