import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { type ReadChunksOptions, readChunks } from "../../../src/catalog/files/read-chunks.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";

const CONTENT = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function createFile(content: Uint8Array = CONTENT): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  const handle = await fs.open("/file", "create");
  await handle.write(content);
  await handle.close();
  return fs;
}

async function readAll(fs: FileSystem, options?: ReadChunksOptions): Promise<{ bytes: number[]; chunks: number }> {
  const handle = await fs.open("/file", "read");
  const bytes: number[] = [];
  let chunks = 0;
  try {
    for await (const chunk of readChunks(handle, options)) {
      bytes.push(...chunk);
      chunks++;
    }
  } finally {
    await handle.close();
  }
  return { bytes, chunks };
}

describe("readChunks", () => {
  it.each([1, 7, 999, 1000, 1001, undefined])("gives all bytes in order with buffers of %s", async (bufferBytes) => {
    const { bytes, chunks } = await readAll(await createFile(), { bufferBytes });
    expect(bytes).toEqual([...CONTENT]);
    expect(chunks).toBe(Math.ceil(1000 / (bufferBytes ?? 1000)));
  });

  it("goes on after reads that give less than asked for", async () => {
    const fs = createFaultyFileSystem(await createFile(), {
      failAt: 1,
      operations: ["read"],
      effect: "short",
      repeat: "forever",
    });
    expect((await readAll(fs, { bufferBytes: 64 })).bytes).toEqual([...CONTENT]);
  });

  it.each([0, 1, 10, 64, 65, 1000, 5000])("stops after %i bytes", async (maxBytes) => {
    const { bytes } = await readAll(await createFile(), { bufferBytes: 64, maxBytes });
    expect(bytes).toEqual([...CONTENT.subarray(0, maxBytes)]);
  });

  it("throws the error of a read when its turn comes", async () => {
    const fs = createFaultyFileSystem(await createFile(), { failAt: 2, operations: ["read"] });
    const handle = await fs.open("/file", "read");
    const chunks = readChunks(handle, { bufferBytes: 400 });
    expect((await chunks.next()).value).toHaveLength(400);
    // The second read has failed by now, while the first chunk is still worked on.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(chunks.next()).rejects.toMatchObject({ code: "EIO" });
    await handle.close();
  });

  it("leaves no read running when the caller stops early", async () => {
    const fs = await createFile();
    const handle = await fs.open("/file", "read");
    let running = 0;
    const slow = {
      ...handle,
      read: async (target: Uint8Array, position: number): Promise<number> => {
        running++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return handle.read(target, position);
      },
    };
    for await (const chunk of readChunks(slow, { bufferBytes: 10 })) {
      expect(chunk).toHaveLength(10);
      expect(running).toBe(1);
      break;
    }
    expect(running).toBe(0);
    await handle.close();
  });

  it("stops when the signal says so", async () => {
    const controller = new AbortController();
    const fs = await createFile();
    const handle = await fs.open("/file", "read");
    const chunks = readChunks(handle, { bufferBytes: 10, signal: controller.signal });
    await chunks.next();
    controller.abort(new Error("enough"));
    await expect(chunks.next()).rejects.toThrow("enough");
    await handle.close();
  });
});
