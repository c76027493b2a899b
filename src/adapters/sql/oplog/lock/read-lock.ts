import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import { closeQuietly } from "../protocol/store.ts";
import { openRegularFile } from "../regular-file.ts";
import { type LockHolder, parseLockHolder, unknownHolder } from "./lock-holder.ts";

/** No holder's first line is longer. */
const HEAD_BYTES = 4096;
/** Room for the last few heartbeats. */
const TAIL_BYTES = 128;

/**
 * Reads who holds a lock, from its beginning and its end: it gets longer with every heartbeat. `undefined` when nothing
 * is there.
 * @throws {CatalogError} REFUSED when what is there is no regular file, or so long that it can be no lock
 */
export async function readLock(fs: FileSystem, path: string): Promise<LockHolder | undefined> {
  const opened = await openRegularFile(fs, path, "read");
  if (opened === undefined) return undefined;
  const { handle, stat } = opened;
  try {
    const { sizeBytes } = stat;
    const head = await readText(handle, 0, Math.min(sizeBytes, HEAD_BYTES));
    const isLong = sizeBytes > HEAD_BYTES;
    const holder = parseLockHolder(isLong ? await withoutMiddle(handle, head, sizeBytes) : head);
    if (holder !== undefined) return holder;
    if (isLong) throw noLock(path, sizeBytes);
    // Not written yet, or not by us.
    return unknownHolder(stat.modifiedMs);
  } finally {
    await closeQuietly(handle);
  }
}

/** The first line, and the last ones. */
async function withoutMiddle(handle: FileHandle, head: string, sizeBytes: number): Promise<string> {
  const tail = await readText(handle, sizeBytes - TAIL_BYTES, TAIL_BYTES);
  return head.slice(0, head.indexOf("\n") + 1) + tail.slice(tail.indexOf("\n") + 1);
}

async function readText(handle: FileHandle, position: number, sizeBytes: number): Promise<string> {
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const count = await handle.read(bytes.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, filled));
}

function noLock(path: string, sizeBytes: number): CatalogError<"REFUSED"> {
  return new CatalogError(
    "REFUSED",
    `Cannot use ${quote(path)}: it is no lock, but another file of ${sizeBytes} bytes`,
    {
      details: { guard: "lock", path },
      hint: "Move it away: the catalog needs the name for its lock. Nothing was written to it.",
    },
  );
}
