import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../../src/adapters/fs/node.ts";
import type { ImportSource } from "../../../../src/catalog/import/import-options.ts";
import { openManifest } from "../../../../src/catalog/import/manifest/manifest-source.ts";
import type { FileSystem } from "../../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../../src/testing/faulty-file-system.ts";
import { describeWith, outputOf } from "../../../components.ts";

const folder = mkdtempSync(join(tmpdir(), "content-catalog-source-"));
const path = join(folder, "manifest.jsonl");
writeFileSync(path, "content");
const fs = createNodeFileSystem();

afterAll(() => rmSync(folder, { recursive: true }));

async function readAll(source: ImportSource, options: { fs?: FileSystem; signal?: AbortSignal } = {}): Promise<string> {
  const manifest = await openManifest(options.fs ?? fs, source, { signal: options.signal });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of manifest.chunks) text += decoder.decode(chunk, { stream: true });
  } finally {
    await manifest.close();
  }
  return text;
}

describe("openManifest with a path", () => {
  it("reads the file", async () => {
    expect(await readAll({ path })).toBe("content");
    const manifest = await openManifest(fs, { path });
    expect(manifest).toMatchObject({ name: path, sizeBytes: 7 });
    await manifest.close();
  });

  it.each([
    ["missing.jsonl", { code: "NOT_FOUND", hint: expect.stringContaining("typing errors") }],
    ["manifest.jsonl/below", { code: "NOT_FOUND" }],
    [".", { code: "UNSUPPORTED", message: expect.stringContaining("it is a folder") }],
  ])("refuses %s", async (name, error) => {
    await expect(openManifest(fs, { path: join(folder, name) })).rejects.toMatchObject(error);
  });

  it("refuses a relative path", async () => {
    await expect(openManifest(fs, { path: "manifest.jsonl" })).rejects.toThrow("expected an absolute path");
  });

  it.each(["stat", "open", "fstat", "read"] as const)("says what failed when %s does", async (operation) => {
    const faulty = createFaultyFileSystem(fs, { failAt: 1, operations: [operation], code: "EACCES" });
    await expect(readAll({ path }, { fs: faulty })).rejects.toMatchObject({
      code: "PERMISSION",
      message: `Cannot read manifest "${path}": the operating system denied access (EACCES)`,
    });
    const opened = faulty.trace.filter(({ operation: made }) => made === "open").length;
    const closed = faulty.trace.filter(({ operation: made }) => made === "close").length;
    expect(closed).toBe(operation === "open" ? 0 : opened);
  });
});

describeWith("mkfifo", "openManifest with the path of a pipe", (mkfifo) => {
  it("refuses it without waiting for it", async () => {
    outputOf(mkfifo, [join(folder, "pipe")]);
    await expect(openManifest(fs, { path: join(folder, "pipe") })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot read manifest "${join(folder, "pipe")}": it is no regular file`,
    });
  });
});

describe("openManifest with a stream", () => {
  const name = "standard input";

  it("reads it to the end and lets go of it", async () => {
    const stream = new Response("content").body as ReadableStream<Uint8Array>;
    expect(await readAll({ stream, name })).toBe("content");
    expect(stream.locked).toBe(false);
  });

  it("tells the source to stop when it is closed early", async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Uint8Array.of(1)),
      cancel: () => {
        cancelled = true;
        throw new Error("nobody minds");
      },
    });
    const manifest = await openManifest(fs, { stream, name });
    for await (const _ of manifest.chunks) break;
    await manifest.close();
    expect(cancelled).toBe(true);
  });

  it("refuses what is no bytes", async () => {
    const stream = new ReadableStream({ pull: (controller) => controller.enqueue("text") });
    await expect(readAll({ stream, name })).rejects.toThrow(
      'Cannot read manifest "standard input": its stream gives string, expected Uint8Array',
    );
  });

  it("throws what the stream throws", async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broken")) });
    await expect(readAll({ stream, name })).rejects.toThrow("broken");
  });

  it("does not wait for a source that delivers nothing when the signal says stop", async () => {
    const controller = new AbortController();
    const stream = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    const reading = readAll({ stream, name }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(reading).rejects.toThrow("enough");
  });
});
