import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { hashFile, LARGE_FILE_BYTES } from "../../../src/catalog/files/hash-file.ts";
import type { Hasher, HashStream } from "../../../src/ports/hasher.ts";

const folder = mkdtempSync(join(tmpdir(), "content-catalog-hash-"));
const file = join(folder, "file");
const fs = createNodeFileSystem();
const hashers = { core: createWasmHasher(), large: createNativeHasher() };

afterAll(() => rmSync(folder, { recursive: true }));

function contentOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 7919) >> 5);
}

/** A hasher that does something to the file while it is read: the first thing in the first try, and so on. */
function meddler(...tries: (() => void)[]): Hasher {
  const native = createNativeHasher();
  return {
    name: "meddler",
    create: async (): Promise<HashStream> => {
      const stream = await native.create();
      let meddle = tries.shift();
      return {
        update: async (bytes) => {
          meddle?.();
          meddle = undefined;
          await stream.update(bytes);
        },
        digest: () => stream.digest(),
      };
    },
  };
}

describe("hashFile", () => {
  it.each([0, 1, LARGE_FILE_BYTES - 1, LARGE_FILE_BYTES, 3 * 1024 * 1024 + 17])("hashes %i bytes", async (size) => {
    const content = contentOf(size);
    writeFileSync(file, content);
    let told = 0;
    const result = await hashFile({ fs, hashers }, file, { onBytes: (bytes) => (told += bytes) });
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect(result).toEqual({ stable: true, sha256, sizeBytes: size });
    expect(told).toBe(size);
  });

  it.each(["/proc/cpuinfo", "/proc/self/status"])("reads %s, which says that it is empty, to its end", async (path) => {
    if (statSync(path).size !== 0) throw new Error("this system says how long it is");
    const result = await hashFile({ fs, hashers }, path);
    expect(result).toMatchObject({ stable: true });
    if (result.stable) expect(result.sizeBytes).toBeGreaterThan(100);
  });

  it("takes a file for unstable that was empty and is written to while it is read", async () => {
    writeFileSync(file, "");
    const core: Hasher = {
      name: "meddler",
      create: () => {
        appendFileSync(file, "x");
        return hashers.core.create();
      },
    };
    const reason = "it was written to while it was read";
    expect(await hashFile({ fs, hashers: { core } }, file)).toEqual({ stable: false, reason });
  });

  it("lets the runtime's own hasher take over large files, if there is one", async () => {
    const used: string[] = [];
    const spy = (hasher: Hasher, name: string): Hasher => ({
      name,
      create: () => {
        used.push(name);
        return hasher.create();
      },
    });
    const both = { core: spy(hashers.core, "core"), large: spy(hashers.large, "large") };
    writeFileSync(file, contentOf(LARGE_FILE_BYTES - 1));
    await hashFile({ fs, hashers: both }, file);
    writeFileSync(file, contentOf(LARGE_FILE_BYTES));
    await hashFile({ fs, hashers: both }, file);
    await hashFile({ fs, hashers: { core: both.core } }, file);
    expect(used).toEqual(["core", "large", "core"]);
  });

  it("reads a file that changed once again", async () => {
    writeFileSync(file, "before");
    const core = meddler(() => writeFileSync(file, "afterwards"));
    const sha256 = createHash("sha256").update("afterwards").digest("hex");
    expect(await hashFile({ fs, hashers: { core } }, file)).toEqual({ stable: true, sha256, sizeBytes: 10 });
  });

  it.each([
    ["it was written to while it was read", () => appendFileSync(file, "x")],
    ["it vanished while it was read", () => unlinkSync(file)],
    [
      "another file took its place while it was read",
      () => {
        writeFileSync(`${file}.new`, "before");
        renameSync(`${file}.new`, file);
      },
    ],
  ])("gives up on a file that changes again: %s", async (reason, meddle) => {
    writeFileSync(file, "before");
    const core = meddler(() => appendFileSync(file, "y"), meddle);
    expect(await hashFile({ fs, hashers: { core } }, file)).toEqual({ stable: false, reason });
  });

  it("gives up on a file that becomes shorter and shorter", async () => {
    const mib = 1024 * 1024;
    writeFileSync(file, contentOf(5 * mib));
    const core = meddler(
      () => truncateSync(file, 4 * mib),
      () => truncateSync(file, 3 * mib),
    );
    const reason = "it became shorter while it was read";
    expect(await hashFile({ fs, hashers: { core } }, file)).toEqual({ stable: false, reason });
  });

  it("takes no folder for a file", async () => {
    expect(await hashFile({ fs, hashers }, folder)).toEqual({
      stable: false,
      reason: "it is no regular file any more",
    });
  });

  it("throws what the file system throws", async () => {
    await expect(hashFile({ fs, hashers }, join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("stops when the signal says so, and closes the file", async () => {
    writeFileSync(file, contentOf(4 * 1024 * 1024));
    const controller = new AbortController();
    const onBytes = (): void => controller.abort(new Error("enough"));
    await expect(hashFile({ fs, hashers }, file, { signal: controller.signal, onBytes })).rejects.toThrow("enough");
  });
});
