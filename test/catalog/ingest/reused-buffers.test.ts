import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { inFolder } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld } from "./_ingest-world.ts";

const MIB = 1024 * 1024;
const node = createNodeFileSystem();

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
  it.each([1000, MIB, 3 * MIB])("are stored as they were hashed: %d bytes", (size) =>
    inFolder(async (folder) => {
      const world = await openWorld({ layout: "cas", fs: node, rootDir: folder });
      const bytes = new Uint8Array(size).fill(1);
      await refillUntil(world.ingest(bytes), bytes);
      await check(world);
    }),
  );

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

  it("are stored as they were hashed when one chunk is too large to be copied at once", () =>
    inFolder(async (folder) => {
      const world = await openWorld({ layout: "cas", fs: node, rootDir: folder });
      const buffer = new Uint8Array(3 * MIB).fill(1);
      const source = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(buffer);
          controller.close();
        },
      });
      await refillUntil(world.ingest(source), buffer);
      expect((await check(world)).byteLength).toBe(3 * MIB);
    }));
});

/** Fills a buffer again and again, while files are written by other threads. */
async function refillUntil(pending: Promise<unknown>, buffer: Uint8Array): Promise<void> {
  let done = false;
  const end = (): void => {
    done = true;
  };
  pending.then(end, end);
  for (let value = 2; !done; value = (value % 250) + 1) {
    buffer.fill(value);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await pending;
}
