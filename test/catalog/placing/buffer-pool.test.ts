import { expect, it } from "vitest";
import { BUFFER_BYTES, BufferPool } from "../../../src/catalog/placing/buffer-pool.ts";

it("gives buffers out again, each to one at a time, and keeps no more than some", () => {
  const pool = new BufferPool();
  const acquired = Array.from({ length: 40 }, () => pool.acquire());
  expect(new Set(acquired.map(({ buffer }) => buffer)).size).toBe(40);
  expect(acquired.every(({ byteLength }) => byteLength === BUFFER_BYTES)).toBe(true);
  pool.release(acquired);
  const again = Array.from({ length: 40 }, () => pool.acquire());
  expect(new Set(again).size).toBe(40);
  expect(again.filter((buffer) => acquired.includes(buffer))).toHaveLength(32);
});
