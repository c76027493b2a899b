/** Bits that one pass sorts by. */
const RADIX_BITS = 13;

/** How many different values these have. */
const BUCKETS: number = 2 ** RADIX_BITS;

/** Where the rows stand that have a time, the oldest first; of two with one time the first one. NaN is no time. */
export function orderByTime(times: Float64Array): Int32Array {
  let order: Int32Array = new Int32Array(times.length);
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
  order = order.subarray(0, size);
  if (sorted) return order;
  for (let scale = 1; scale <= most - least; scale *= BUCKETS) order = sortBy(times, order, { least, scale });
  return order;
}

/** One pass of a radix sort, which leaves rows with the same digit in the order that they have. */
function sortBy(
  times: Float64Array,
  order: Int32Array,
  { least, scale }: { readonly least: number; readonly scale: number },
): Int32Array {
  const digitOf = (row: number): number => Math.floor(((times[row] as number) - least) / scale) % BUCKETS;
  const ends = new Int32Array(BUCKETS + 1);
  for (const row of order) {
    const above = digitOf(row) + 1;
    ends[above] = (ends[above] as number) + 1;
  }
  for (let digit = 1; digit <= BUCKETS; digit++) ends[digit] = (ends[digit] as number) + (ends[digit - 1] as number);
  const next = new Int32Array(order.length);
  for (const row of order) {
    const digit = digitOf(row);
    const at = ends[digit] as number;
    next[at] = row;
    ends[digit] = at + 1;
  }
  return next;
}
