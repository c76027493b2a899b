import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { parentPath } from "../../../core/path.ts";
import { CatalogError, type ErrorCode, isCatalogError } from "../../../errors.ts";
import type { FileHandle, FileSystem } from "../../../ports/file-system.ts";
import type { FileVersion } from "./catalog-file.ts";

/** Options of {@link replaceFile}. */
export interface ReplaceFileOptions {
  readonly fs: FileSystem;
  readonly path: string;
  /** A free name in the same folder. */
  readonly temporaryPath: string;
  readonly bytes: Uint8Array;
  /** Permission bits of the new file. */
  readonly mode: number | undefined;
  /** The last look before the new file takes the name; throws to keep the old one. */
  readonly confirm: () => Promise<void>;
}

/**
 * Writes all bytes, however few a write takes, makes them durable and gives the open file. On failure nothing is left
 * at `path` unless something was there.
 */
export async function writeNewFile(
  fs: FileSystem,
  path: string,
  options: { readonly bytes: Uint8Array; readonly mode?: number | undefined },
): Promise<FileHandle> {
  const { bytes, mode } = options;
  const handle = await fs.open(path, "create", mode);
  try {
    let position = 0;
    while (position < bytes.length) {
      const count = await handle.write(bytes.subarray(position));
      if (count === 0) throw noProgress(path);
      position += count;
    }
    if (mode !== undefined && (await handle.stat()).mode !== mode) await fs.setMode(path, mode);
    await handle.sync();
    return handle;
  } catch (error) {
    await discard(fs, path, handle);
    throw error;
  }
}

/** A write that takes nothing would be repeated for ever. */
function noProgress(path: string): CatalogError<"BACKEND"> {
  return new CatalogError("BACKEND", `Cannot write ${quote(path)}: the file system takes no bytes`, {
    details: { what: "write", path },
  });
}

/** Closes and removes a file that is no longer wanted; what cannot be removed is left to the next writer. */
export async function discard(fs: FileSystem, path: string, handle?: FileHandle): Promise<void> {
  try {
    await handle?.close();
  } catch {
    // Nobody reads it again.
  }
  try {
    await fs.unlink(path);
  } catch {
    // It has a name that tells it is temporary.
  }
}

/**
 * Gives the file at `path` new content in one step that is durable when this resolves.
 * @throws {CatalogError} NO_SPACE, PERMISSION, READ_ONLY, NOT_COMMITTED or what `confirm` threw when the old file is
 * still there; OUTCOME_UNKNOWN when the new one may be
 */
export async function replaceFile(options: ReplaceFileOptions): Promise<FileVersion> {
  const { fs, path, temporaryPath, bytes, mode } = options;
  let handle: FileHandle | undefined;
  try {
    handle = await writeNewFile(fs, temporaryPath, { bytes, mode });
    const stat = await handle.stat();
    await options.confirm();
    await renameOver(options, stat.identity);
    await syncName(options);
    return { handle, stat };
  } catch (error) {
    // Without a handle too: an open that failed may have created the file.
    await discard(fs, temporaryPath, handle);
    throw notCommitted(error, path);
  }
}

async function renameOver(options: ReplaceFileOptions, identity: string): Promise<void> {
  const { fs, path, temporaryPath } = options;
  try {
    await fs.rename(temporaryPath, path);
  } catch (error) {
    // A failed rename may have been carried out all the same, for example by a server that could not answer.
    const found = await fs.stat(path).catch(() => undefined);
    if (found !== undefined && found.identity !== identity) throw error;
    throw outcomeUnknown(path, error);
  }
}

async function syncName(options: ReplaceFileOptions): Promise<void> {
  try {
    await options.fs.syncDirectory(parentPath(options.path));
  } catch (error) {
    throw outcomeUnknown(options.path, error);
  }
}

/** The error for a change that is visible and may be gone after a power failure. */
export function outcomeUnknown(path: string, cause: unknown): CatalogError<"OUTCOME_UNKNOWN"> {
  const what = "it was written, but the device did not confirm that it is durable";
  return new CatalogError("OUTCOME_UNKNOWN", `Cannot tell whether the change of ${quote(path)} will last: ${what}`, {
    details: { path },
    cause,
    hint: "Check the device, then run the same command again: what is there already is not done twice.",
  });
}

/** The codes of a file system's errors that already say that nothing was written. */
const TELLING: readonly ErrorCode[] = ["NO_SPACE", "PERMISSION", "READ_ONLY"];

/** `error` if it says by its code that nothing was committed, else a NOT_COMMITTED that does. */
export function notCommitted(error: unknown, path: string): unknown {
  if (isCatalogError(error) && error.code !== "BACKEND") return error;
  const named = asCatalogError(error, { verb: "write", path });
  if (isCatalogError(named) && TELLING.includes(named.code)) return named;
  const reason = named instanceof Error ? `; ${named.message}` : "";
  return new CatalogError("NOT_COMMITTED", `Cannot write ${quote(path)}: nothing was committed${reason}`, {
    details: { path },
    cause: error,
    hint: "Once the cause is gone, run the same command again.",
  });
}
