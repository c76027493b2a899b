import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import type { Hasher } from "../../../src/ports/hasher.ts";

const chunksArbitrary = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

async function hash(hasher: Hasher, chunks: readonly Uint8Array[]): Promise<string> {
  const stream = await hasher.create();
  for (const chunk of chunks) await stream.update(chunk);
  return stream.digest();
}

describe("wasm and native", () => {
  const wasm = createWasmHasher();
  const native = createNativeHasher();

  it("have the names that stats shows", () => {
    expect([wasm.name, native.name]).toEqual(["wasm", "native"]);
  });

  it("agree on random streams in random chunks", async () => {
    await fc.assert(
      fc.asyncProperty(chunksArbitrary, async (chunks) => {
        expect(await hash(wasm, chunks)).toBe(await hash(native, chunks));
      }),
    );
  });

  it("agree on streams that are interleaved in any order", async () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 100 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const ours = await Promise.all([0, 1, 2, 3].map(() => wasm.create()));
        const theirs = await Promise.all([0, 1, 2, 3].map(() => native.create()));
        for (const [index, chunk] of sequence) {
          await ours[index]?.update(chunk);
          await theirs[index]?.update(chunk);
        }
        expect(await Promise.all(ours.map((stream) => stream.digest()))).toEqual(
          await Promise.all(theirs.map((stream) => stream.digest())),
        );
      }),
    );
  });

  it("agree on a chunk larger than the WebAssembly heap, and on a view into a larger buffer", async () => {
    const large = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 7919) >> 3);
    expect(await hash(wasm, [large])).toBe(await hash(native, [large]));
    const view = large.subarray(12_345, 234_567);
    expect(await hash(wasm, [view])).toBe(await hash(native, [view]));
  });
});

describe("createWasmHasher", () => {
  it("uses a finished instance again without waiting for a new one", async () => {
    const hasher = createWasmHasher();
    const first = hasher.create();
    expect(first).toBeInstanceOf(Promise);
    await (await first).digest();
    expect(hasher.create()).not.toBeInstanceOf(Promise);
  });

  it("keeps few of many instances", async () => {
    const hasher = createWasmHasher();
    const streams = await Promise.all(Array.from({ length: 40 }, () => hasher.create()));
    for (const stream of streams) await stream.digest();
    const again = Array.from({ length: 40 }, () => hasher.create());
    expect(again.filter((stream) => !(stream instanceof Promise))).toHaveLength(16);
    await Promise.all(again);
  });

  it("does not let a spent stream write into the stream that took over its instance", async () => {
    const hasher = createWasmHasher();
    const spent = await hasher.create();
    const empty = await spent.digest();
    const next = await hasher.create();
    expect(() => spent.update(new Uint8Array([1]))).toThrow("Cannot update hash stream: it gave its digest already");
    expect(() => spent.digest()).toThrow(TypeError);
    expect(await next.digest()).toBe(empty);
  });
});
