import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { Slots } from "../../../src/catalog/concurrency/slots.ts";
import type { FileHandle, FileSystem } from "../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld, streamOf } from "./_ingest-world.ts";

const MANY = 600;
/** Two files for each of 64, and a folder that is synced. */
const MAX_OPEN = 64 * 3;

/** Files that tell how many are open, and fail as if no more could be. */
function counted(): { fs: FileSystem; counts: { open: number; most: number } } {
  const memory = createMemoryFileSystem();
  const counts = { open: 0, most: 0 };
  const fs = new Proxy(memory, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (name !== "open") return typeof found === "function" ? found.bind(target) : found;
      return async (...call: Parameters<FileSystem["open"]>): Promise<FileHandle> => {
        if (counts.open >= MAX_OPEN) throw Object.assign(new Error("EMFILE"), { code: "EMFILE" });
        const handle = await target.open(...call);
        counts.open += 1;
        counts.most = Math.max(counts.most, counts.open);
        const close = handle.close.bind(handle);
        let isOpen = true;
        handle.close = async () => {
          // As slow as a device, so that all come who may.
          await new Promise((resolve) => setImmediate(resolve));
          if (isOpen) counts.open -= 1;
          isOpen = false;
          await close();
        };
        return handle;
      };
    },
  });
  return { fs, counts };
}

async function writeFiles(fs: FileSystem, count: number): Promise<readonly string[]> {
  await fs.makeDirectory("/in");
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const path = `/in/${String(index).padStart(4, "0")}`;
    const handle = await fs.open(path, "create");
    await handle.write(new TextEncoder().encode(`bytes ${index}`));
    await handle.close();
    paths.push(path);
  }
  return paths;
}

describe("calls without number at once", () => {
  it.each([
    ["bytes", (world: IngestWorld, index: number) => world.ingest(`text ${index}`)],
    ["streams", (world: IngestWorld, index: number) => world.ingest(streamOf(`text ${index}`))],
    ["blobs", (world: IngestWorld, index: number) => world.ingest(new Blob([`text ${index}`]))],
    ["responses", (world: IngestWorld, index: number) => world.ingest(new Response(`text ${index}`))],
    ["files", (world: IngestWorld, index: number) => world.finalize(`/in/${String(index).padStart(4, "0")}`)],
  ])("open no more files than a process may: %s", async (_, call) => {
    const { fs, counts } = counted();
    await writeFiles(fs, MANY);
    counts.most = 0;
    const world = await openWorld({ fs, layout: "cas" });
    await Promise.all(Array.from({ length: MANY }, (_each, index) => call(world, index)));
    expect(await world.rows()).toHaveLength(MANY);
    expect(counts.most).toBeGreaterThan(1);
    expect(counts.open).toBe(0);
  });

  it("share one bound with add, which waits for nobody with a slot in hand", async () => {
    const { fs } = counted();
    await writeFiles(fs, MANY);
    const world = await openWorld({ fs, layout: "cas" });
    const added = addSources(world.context, [{ path: "/in" }], { recursive: true, jobs: 256 });
    const ingested = Array.from({ length: 200 }, (_, index) => world.ingest(`text ${index}`));
    expect((await added).documents).toBe(MANY);
    await Promise.all(ingested);
    const ids = (await world.rows()).map(({ artifactId }) => artifactId).filter((id) => id.startsWith("file:"));
    expect(ids).toEqual([...ids].sort());
  });

  it("adds in order with one slot, when the first source is the last to give something", async () => {
    const world = await openWorld({ fs: createMemoryFileSystem() });
    await writeFiles(world.context.fs, 20);
    let begin = (): void => {};
    const late = new ReadableStream<Uint8Array>({
      start: (controller) => {
        begin = () => {
          controller.enqueue(new Uint8Array(1));
          controller.close();
        };
      },
    });
    const meta = { artifactId: "late", sourceUrl: "u:late", resolver: "r" };
    const onProgress = (): void => {};
    const added = addSources(world.context, [{ name: "late", meta, open: async () => late }, { path: "/in" }], {
      recursive: true,
      jobs: 8,
      onProgress,
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    begin();
    expect((await added).documents).toBe(21);
    expect((await world.rows())[0]?.artifactId).toBe("late");
  });

  it("let a source wait for another ingest before it gives anything", async () => {
    const world = await openWorld({ slots: new Slots(1) });
    let inner: Promise<unknown> = Promise.resolve();
    const outer = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          inner = world.ingest("inner");
          await inner;
          controller.enqueue(new TextEncoder().encode("outer"));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    await world.ingest(outer);
    expect(await world.rows()).toHaveLength(2);
  });

  it("can be given up while they wait, and leave their source", async () => {
    const slots = new Slots(1);
    const slot = await slots.take();
    const world = await openWorld({ slots });
    const abort = new AbortController();
    let cancelled: unknown;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    const blob = new Blob(["bytes"]);
    const calls = [
      world.ingest(source, {}, { signal: abort.signal }),
      world.ingest("bytes", {}, { signal: abort.signal }),
      world.ingest(blob, {}, { signal: abort.signal }),
      world.finalize("/nowhere", {}, { signal: abort.signal }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort("enough");
    for (const call of calls) await expect(call).rejects.toBe("enough");
    expect(cancelled).toBe("enough");
    slot.release();
    expect((await world.ingest("bytes")).outcome).toBe("created");
    expect(Object.keys(await world.files())).toHaveLength(1);
  });
});
