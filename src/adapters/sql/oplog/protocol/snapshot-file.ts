import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { FileHandle, FileStat } from "../../../../ports/file-system.ts";
import { openRegularFile } from "../regular-file.ts";
import { closeQuietly, type StoreParts } from "./store.ts";

/** A snapshot that was read as it was at one moment. */
export interface ReadSnapshot {
  /** Open for reading; keeps the identity of the file from coming back. */
  readonly handle: FileHandle;
  /** How the file looked before and after it was read. */
  readonly stat: FileStat;
  /** All of it. */
  readonly bytes: Uint8Array;
}

/** How often a file that changes while it is read is read again. */
const READ_ATTEMPTS = 5;

/** Whether two looks found the same file with the same content, as far as the file system tells. */
export function isSameFile(one: FileStat, other: FileStat): boolean {
  return one.identity === other.identity && one.sizeBytes === other.sizeBytes && one.modifiedMs === other.modifiedMs;
}

/**
 * Reads the snapshot; `undefined` when there is none. The handle stays open.
 * @throws {CatalogError} BUSY when another program keeps writing into it, REFUSED when it is no regular file (any more)
 */
export async function readSnapshot({ fs, files, rules }: StoreParts): Promise<ReadSnapshot | undefined> {
  const path = files.snapshot;
  const opened = await openRegularFile(fs, path, "read");
  if (opened === undefined) return undefined;
  const { handle } = opened;
  let { stat } = opened;
  try {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      const bytes = new Uint8Array(stat.sizeBytes);
      const whole = await fill(handle, bytes);
      const after = await handle.stat();
      if (whole && isSameFile(stat, after)) {
        if (!rules.filesKeptOpen) await handle.close();
        return { handle, stat, bytes };
      }
      stat = after;
    }
    throw new CatalogError("BUSY", `Cannot read ${quote(path)}: another program is writing into it`, {
      details: { path, holder: "another program", waitedMs: 0 },
      hint: "Close the program that has it open, and try again.",
    });
  } catch (error) {
    await closeQuietly(handle);
    throw error;
  }
}

async function fill(handle: FileHandle, target: Uint8Array): Promise<boolean> {
  let position = 0;
  while (position < target.length) {
    const count = await handle.read(target.subarray(position), position);
    if (count === 0) return false;
    position += count;
  }
  return true;
}
