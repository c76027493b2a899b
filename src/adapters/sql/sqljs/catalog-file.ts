import { quote } from "../../../core/messages/quote.ts";
import { CatalogError } from "../../../errors.ts";
import type { FileHandle, FileStat, FileSystem } from "../../../ports/file-system.ts";

/** A version of the catalog file. Its open handle keeps its identity from being given to another file. */
export interface FileVersion {
  readonly handle: FileHandle;
  readonly stat: FileStat;
}

/** How often a file that changes while it is read is read again. */
const READ_ATTEMPTS = 5;

/** Into how many parts a file is divided for reading, unless they were smaller than this. */
const PARTS = 4;
const PART_BYTES = 4 * 1024 * 1024;

/** Whether two looks found the same file with the same content, as far as the file system tells. */
export function isSameVersion(one: FileStat, other: FileStat): boolean {
  return one.identity === other.identity && one.sizeBytes === other.sizeBytes && one.modifiedMs === other.modifiedMs;
}

/**
 * Reads the catalog file as it was at one moment.
 * @throws {CatalogError} NOT_FOUND, CONFIGURATION when it is no regular file, BUSY when it keeps changing
 */
export async function readCatalogFile(
  fs: FileSystem,
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly version: FileVersion }> {
  await requireRegularFile(fs, path);
  const handle = await fs.open(path, "read");
  try {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      const stat = await handle.stat();
      const bytes = new Uint8Array(stat.sizeBytes);
      const whole = await fill(handle, bytes);
      if (whole && isSameVersion(stat, await handle.stat())) return { bytes, version: { handle, stat } };
    }
    throw new CatalogError("BUSY", `Cannot read ${quote(path)}: another program is writing into it`, {
      details: { path, holder: "another program", waitedMs: 0 },
      hint: "Close the program that has it open, and try again.",
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @throws {CatalogError} NOT_FOUND or CONFIGURATION */
async function requireRegularFile(fs: FileSystem, path: string): Promise<void> {
  const stat = await fs.stat(path);
  if (stat === undefined) throw missingFileError(path);
  if (stat.kind === "file") return;
  const what = stat.kind === "directory" ? "a folder" : "no regular file";
  throw new CatalogError("CONFIGURATION", `Cannot open ${quote(path)}: it is ${what}`, {
    details: { origin: path },
    hint: "Name the catalog file itself, for example catalog.sqlite inside that folder.",
  });
}

/** The error for a catalog that has to exist. */
export function missingFileError(path: string): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot open ${quote(path)}: there is no such catalog`, {
    details: { what: "catalog", path },
    hint: "Check the path, or create the catalog first.",
  });
}

/** Reads several parts at once, since most of the time goes into memory that is touched for the first time. */
async function fill(handle: FileHandle, target: Uint8Array): Promise<boolean> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(target.length / PARTS));
  const parts: Promise<boolean>[] = [];
  for (let start = 0; start < target.length; start += partBytes) {
    parts.push(fillPart(handle, target, { start, end: Math.min(target.length, start + partBytes) }));
  }
  const filled = await Promise.allSettled(parts);
  for (const part of filled) if (part.status === "rejected") throw part.reason;
  return filled.every((part) => part.status === "fulfilled" && part.value);
}

async function fillPart(
  handle: FileHandle,
  target: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<boolean> {
  for (let position = start; position < end; ) {
    const count = await handle.read(target.subarray(position, end), position);
    if (count === 0) return false;
    position += count;
  }
  return true;
}
