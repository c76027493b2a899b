import { hasCode } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { CatalogError } from "../../../errors.ts";
import type { FileHandle, FileKind, FileStat, FileSystem, OpenMode } from "../../../ports/file-system.ts";
import { closeQuietly } from "./protocol/store.ts";

/** A file that is open, and what it was then. */
export interface OpenedFile {
  /** The file itself. */
  readonly handle: FileHandle;
  /** What the file system said of it when it was open. */
  readonly stat: FileStat;
}

/** How often another file may get the name between the look and the opening before it is no coincidence. */
const OPEN_ATTEMPTS = 100;

const WHAT: Readonly<Record<Exclude<FileKind, "file">, string>> = {
  symlink: "a symbolic link",
  directory: "a folder",
  other: "no regular file, but a pipe, a socket or a device",
};

/**
 * Looks at a file that a catalog has beside it; `undefined` when there is none. No symlink is followed: the files of a
 * catalog lie where its real path says.
 * @throws {CatalogError} REFUSED when something else has the name
 */
export async function findRegularFile(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  const found = await fs.lstat(path);
  if (found === undefined || found.kind === "file") return found;
  throw new CatalogError("REFUSED", `Cannot use ${quote(path)}: it is ${WHAT[found.kind]}`, {
    details: { guard: "regular_file", path },
    hint: "Nothing was written to it. Move it away; if it leads to a file of this catalog, put that file itself in its place.",
  });
}

/**
 * Opens a file that a catalog has beside it; `undefined` when there is none. Nothing else is ever opened: a pipe can
 * block, and what a symlink leads to is not the catalog's.
 * @throws {CatalogError} REFUSED as {@link findRegularFile}
 */
export async function openRegularFile(
  fs: FileSystem,
  path: string,
  mode: Exclude<OpenMode, "create">,
): Promise<OpenedFile | undefined> {
  for (let attempt = 1; ; attempt++) {
    const found = await findRegularFile(fs, path);
    if (found === undefined) return undefined;
    const opened = await tryOpen(fs, path, mode);
    // What was opened is what was looked at, unless it was replaced in between, perhaps by a symlink.
    if (opened?.stat.identity === found.identity) return opened;
    if (opened !== undefined) await closeQuietly(opened.handle);
    if (attempt === OPEN_ATTEMPTS)
      throw Object.assign(new Error("ESTALE: it is replaced all the time"), { code: "ESTALE" });
  }
}

async function tryOpen(fs: FileSystem, path: string, mode: OpenMode): Promise<OpenedFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await fs.open(path, mode);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    return { handle, stat: await handle.stat() };
  } catch (error) {
    await closeQuietly(handle);
    throw error;
  }
}
