import { expect, it } from "vitest";
import { BLOCK_BYTES, MemoryBlocks } from "../../../src/catalog/placing/memory-blocks.ts";

it("gives blocks out again, each to one at a time, and keeps no more than some", () => {
  const memory = new MemoryBlocks();
  const taken = Array.from({ length: 40 }, () => memory.take());
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(40);
  expect(taken.every(({ byteLength }) => byteLength === BLOCK_BYTES)).toBe(true);
  memory.give(taken);
  const again = Array.from({ length: 40 }, () => memory.take());
  expect(new Set(again).size).toBe(40);
  expect(again.filter((block) => taken.includes(block))).toHaveLength(32);
});
