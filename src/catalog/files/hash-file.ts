import type { Sha256 } from "../../core/sha256.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { Hasher } from "../../ports/hasher.ts";
import type { CatalogContext, Hashers } from "../context.ts";
import { readChunks, SMALL_BUFFER_BYTES } from "./read-chunks.ts";

/**
 * Files from this size on go to the runtime's own hasher, if the host has one and the settings allow it: about here
 * the time that it saves outgrows the time that reading a file takes anyway.
 */
export const LARGE_FILE_BYTES: number = 64 * 1024;

/** Options of {@link hashFile}. */
export interface HashFileOptions {
  /** Looked at between reads; aborted, it makes hashing reject with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes more were hashed. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Whether the name is kept by a collector at this moment; then what was read is no content. @default it is not */
  readonly isKept?: (() => Promise<boolean>) | undefined;
}

/** Why a name that a collector keeps has no digest. */
export const KEPT_REASON = "a collector has taken it, and may give it back";

/** The digest of a file, or why it has none that could be trusted. */
export type HashFileResult =
  | { readonly stable: true; readonly sha256: Sha256; readonly sizeBytes: number }
  /** Twice in a row the file was another one, or of another size or time, after it was read. */
  | { readonly stable: false; readonly reason: string };

/** The parts of a {@link CatalogContext} that {@link hashFile} works with. */
export type HashFileContext = Pick<CatalogContext, "fs" | "hashers">;

/** How often a file may change while it is read. */
const ATTEMPTS = 2;

/**
 * Hashes a regular file, following symlinks, in constant memory. A file that changes meanwhile is read once more; the
 * size is that of the bytes that were read, also where the file says that it is empty and is not.
 * @throws what the file system throws: an `Error` with a POSIX code
 */
export async function hashFile(
  context: HashFileContext,
  path: string,
  options: HashFileOptions = {},
): Promise<HashFileResult> {
  let result: HashFileResult = { stable: false, reason: "" };
  for (let attempt = 0; attempt < ATTEMPTS && !result.stable; attempt++) {
    result = await hashOnce(context, path, options);
  }
  return result;
}

async function hashOnce(context: HashFileContext, path: string, options: HashFileOptions): Promise<HashFileResult> {
  const handle = await context.fs.open(path, "read");
  try {
    const before = await handle.stat();
    if (before.kind !== "file") return { stable: false, reason: "it is no regular file any more" };
    const stream = await chooseHasher(context.hashers, before.sizeBytes).create();
    let read = 0;
    // Files that are made up when they are read (procfs, FUSE) say that they are empty, and end where nothing comes.
    const limits = before.sizeBytes === 0 ? { bufferBytes: SMALL_BUFFER_BYTES } : { maxBytes: before.sizeBytes };
    for await (const chunk of readChunks(handle, { ...limits, signal: options.signal })) {
      const pending = stream.update(chunk);
      if (pending) await pending;
      read += chunk.byteLength;
      options.onBytes?.(chunk.byteLength);
    }
    const sha256 = await stream.digest();
    if (read < before.sizeBytes) return { stable: false, reason: "it became shorter while it was read" };
    // Before the name is looked at again: a placeholder that stands for the same file then stood there all the time.
    if (await options.isKept?.()) return { stable: false, reason: KEPT_REASON };
    const reason = await findChange(context.fs, path, before);
    return reason === undefined ? { stable: true, sha256, sizeBytes: read } : { stable: false, reason };
  } finally {
    await handle.close();
  }
}

/** Looks at the name again: if it still stands for the same file, size and time tell whether that was written to. */
async function findChange(fs: FileSystem, path: string, before: FileStat): Promise<string | undefined> {
  const after = await fs.stat(path);
  if (after === undefined) return "it vanished while it was read";
  if (after.identity !== before.identity) return "another file took its place while it was read";
  if (after.sizeBytes !== before.sizeBytes || after.modifiedMs !== before.modifiedMs) {
    return "it was written to while it was read";
  }
  return undefined;
}

function chooseHasher({ core, large }: Hashers, sizeBytes: number): Hasher {
  return large !== undefined && sizeBytes >= LARGE_FILE_BYTES ? large : core;
}
