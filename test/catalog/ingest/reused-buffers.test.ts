import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { type IngestWorld, openWorld } from "./_ingest-world.ts";

const MIB = 1024 * 1024;

/** What is stored, and whether it has the hash of its row, which is also its name. */
async function check(world: IngestWorld): Promise<Uint8Array> {
  const [row] = await world.rows();
  const path = findPathOfUri(row?.storageUri ?? "") ?? "";
  const stored = await world.context.fs.readFile(path);
  const sha256 = createHash("sha256").update(stored).digest("hex");
  expect(row).toMatchObject({ sha256, bytes: stored.byteLength });
  expect(path.replaceAll("/", "")).toContain(sha256);
  return stored;
}

describe("bytes whose owner uses their buffer again while they are ingested", () => {
  it.each([1000, MIB, 3 * MIB])("are stored as they were hashed: %d bytes", async (size) => {
    const world = await openWorld({ layout: "cas" });
    const bytes = new Uint8Array(size).fill(1);
    let done = false;
    const pending = world.ingest(bytes).finally(() => {
      done = true;
    });
    for (let value = 2; !done; value = (value % 250) + 1) {
      bytes.fill(value);
      await Promise.resolve();
      if (value % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await pending;
    await check(world);
  });

  // What fills the buffer again before it is asked for more overwrites what nobody has seen yet.
  it.each([
    [1, 0],
    [64 * 1024, 0],
    [MIB, 0],
    [64 * 1024, 1],
  ])(
    "come out of a stream of one buffer as they went in: chunks of %d bytes, %d ahead",
    async (size, highWaterMark) => {
      const world = await openWorld({ layout: "cas" });
      const buffer = new Uint8Array(size);
      let next = 0;
      const source = new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            if (highWaterMark > 0) await new Promise((resolve) => setImmediate(resolve));
            next++;
            if (next > 5) return controller.close();
            controller.enqueue(buffer.fill(next));
          },
        },
        { highWaterMark },
      );
      await world.ingest(source);
      const stored = await check(world);
      expect(Array.from({ length: 5 }, (_, index) => stored[index * size])).toEqual([1, 2, 3, 4, 5]);
    },
  );

  it("are stored as they were hashed when one chunk is too large to be copied at once", async () => {
    const world = await openWorld({ layout: "cas" });
    const buffer = new Uint8Array(3 * MIB).fill(1);
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(buffer);
        controller.close();
      },
    });
    let done = false;
    const pending = world.ingest(source).finally(() => {
      done = true;
    });
    for (let value = 2; !done; value = (value % 250) + 1) {
      buffer.fill(value);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await pending;
    expect((await check(world)).byteLength).toBe(3 * MIB);
  });
});
