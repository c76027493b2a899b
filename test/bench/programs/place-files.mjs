/* The files that are placed: the same for both sides, out of one block of random bytes that is made from a seed. */
import { createCipheriv } from "node:crypto";

const POOL_BYTES = 16 * 1024 * 1024;
const MEAN_BYTES = 100 * 1000;
const MOST_BYTES = 1000 * 1000;

/** Calls at once, on both sides: twice what Node's four threads can do, so that they never wait for the program. */
export const CONCURRENCY = 8;

/** So many files with 100 kB in the mean, many small ones and few large ones; all have bytes of their own. */
export function makeFiles(count) {
  const pool = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(POOL_BYTES));
  return Array.from({ length: count }, (_, index) => {
    // The quantiles of the exponential distribution, in an order that mixes them.
    const share = (((index * 7919) % count) + 0.5) / count;
    const size = Math.min(MOST_BYTES, Math.round(-MEAN_BYTES * Math.log(1 - share)) + 16);
    const start = (index * 1511) % (POOL_BYTES - MOST_BYTES);
    return { key: `doi:10.1234/${index}`, bytes: pool.subarray(start, start + size) };
  });
}

/** Calls `work` with each item, so many at once. */
export async function forEachAtOnce(items, work, concurrency = CONCURRENCY) {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** A stream of so many mebibytes, made as it is read. */
export function makeStream(mebibytes) {
  let left = mebibytes * 16;
  return new ReadableStream(
    {
      pull: (controller) => {
        if (left-- === 0) return controller.close();
        controller.enqueue(new Uint8Array(64 * 1024).fill(left));
      },
    },
    { highWaterMark: 0 },
  );
}
