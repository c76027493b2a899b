import { describe, expect, it } from "vitest";
import { BUFFER_BYTES, BufferPool } from "../../../src/catalog/placing/buffer-pool.ts";
import { IncomingBytes } from "../../../src/catalog/placing/staging.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

const MEBIBYTE = 1024 * 1024;

/** A stream of one chunk after the other. */
function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull: (controller) => {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

describe("IncomingBytes", () => {
  it("keep their order over blocks of memory, in chunks of any size", async () => {
    const { store } = (await openWorld({})).context;
    const bytes = Uint8Array.from({ length: 3 * BUFFER_BYTES + 17 }, (_, index) => (index * 31) % 251);
    const buffers = new BufferPool();
    for (const size of [1000, BUFFER_BYTES, BUFFER_BYTES + 1, bytes.byteLength]) {
      const incoming = new IncomingBytes(store, { buffers, readOnly: false });
      for (let at = 0; at < bytes.byteLength; at += size) await incoming.write(bytes.subarray(at, at + size));
      const staged = await incoming.finish();
      const stored = new Uint8Array(await new Response(await store.openStaged(staged)).arrayBuffer());
      expect(Buffer.compare(stored, bytes)).toBe(0);
      await incoming.drop();
    }
  });

  it("of many at once are not mixed up", async () => {
    const world = await openWorld({ layout: "cas" });
    const texts = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(1 + index * 50));
    for (const round of ["first", "second"]) {
      await Promise.all(
        texts.map((text, index) =>
          world.ingest(`${round} ${text}`, { sourceUrl: `https://example.org/${round}/${index}` }),
        ),
      );
    }
    const files = Object.entries(await world.files()).filter(([path]) => path.startsWith("cas/"));
    const expected = ["first", "second"].flatMap((round) => texts.map((text) => `${round} ${text}`));
    expect(files.map(([, text]) => text).sort()).toEqual(expected.sort());
  });

  it("that turn out too many on their way to the device leave nothing there", async () => {
    const world = await openWorld({ layout: "cas" });
    const stream = streamOf(new Uint8Array(MEBIBYTE), new Uint8Array(MEBIBYTE));
    const work = world.ingest(stream, { expectedBytes: MEBIBYTE + 1 });
    await expect(work).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
    expect(await world.files()).toEqual({});
  });
});
