import { hasCode } from "../../core/messages/file-error.ts";
import { baseName, parentPath } from "../../core/path.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import { APPLICATION_ID } from "../format.ts";

/** What lies beside a catalog under its name, but for private directories. */
const BESIDE = /^(.+?)\.(?:oplog|lock|lock\..*|reserve|kept-\d+|v\d+(?:\.\d+)?)$/;

/** A private directory of one attempt. */
const PRIVATE = /^(.+?)\.[0-9a-f]{32}\.d$/;

/** The smallest page of SQLite; its files are whole pages. */
const PAGE_BYTES = 512;

/**
 * Whether a file belongs to a catalog that somebody works with, whoever that is: a catalog with its log or lock beside it,
 * or what lies beside such a one. Nearly all files are no such by their size and name, and are not read.
 */
export function isOfCatalogInUse(fs: FileSystem, path: string, stat: FileStat): Promise<boolean> {
  return isOf(isInUse, { fs, path, stat });
}

/**
 * Whether a file is a catalog, or lies beside one under its name, whether anybody works with it or not. Of all others
 * no more than the header is read, and only if they have whole pages.
 */
export function isOfCatalog(fs: FileSystem, path: string, stat: Pick<FileStat, "sizeBytes">): Promise<boolean> {
  return isOf(isCatalog, { fs, path, stat });
}

async function isOf(
  isOne: (fs: FileSystem, catalog: string) => Promise<boolean>,
  { fs, path, stat }: { readonly fs: FileSystem; readonly path: string; readonly stat: Pick<FileStat, "sizeBytes"> },
): Promise<boolean> {
  const { sizeBytes } = stat;
  const folder = parentPath(path);
  const [, beside] = BESIDE.exec(baseName(path)) ?? [];
  const [, inside] = PRIVATE.exec(baseName(folder)) ?? [];
  const start = (at: string): string => (at.endsWith("/") ? at : `${at}/`);
  try {
    if (beside !== undefined && (await isOne(fs, start(folder) + beside))) return true;
    if (inside !== undefined && (await isOne(fs, start(parentPath(folder)) + inside))) return true;
    return sizeBytes > 0 && sizeBytes % PAGE_BYTES === 0 && (await isOne(fs, path));
  } catch (error) {
    // What cannot be seen cannot be taken either.
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "EISDIR")) return false;
    throw error;
  }
}

async function isInUse(fs: FileSystem, catalog: string): Promise<boolean> {
  const isBusy = (await fs.lstat(`${catalog}.oplog`)) ?? (await fs.lstat(`${catalog}.lock`));
  return isBusy !== undefined && isCatalog(fs, catalog);
}

/** Whether a file has the header of a catalog: "SQLite format 3", and the application id at its place. */
async function isCatalog(fs: FileSystem, path: string): Promise<boolean> {
  if ((await fs.stat(path))?.kind !== "file") return false;
  const handle = await fs.open(path, "read");
  try {
    const header = new Uint8Array(72);
    if ((await handle.read(header, 0)) < header.byteLength) return false;
    const view = new DataView(header.buffer);
    return (
      new TextDecoder().decode(header.subarray(0, 16)) === "SQLite format 3\0" && view.getUint32(68) === APPLICATION_ID
    );
  } finally {
    await handle.close();
  }
}
