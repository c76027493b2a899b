import { asCatalogError } from "../../core/messages/file-error.ts";
import { isCatalogError } from "../../errors.ts";
import type { DirectoryEntry, FileSystem } from "../../ports/file-system.ts";

/** Something that a walk came by. `name` is its path below the folder where the walk began, with that folder's name. */
export type WalkedEntry =
  | { readonly kind: "file" | "symlink" | "special" | "own"; readonly path: string; readonly name: string }
  | { readonly kind: "unusable" | "unreadable" | "gone"; readonly path: string; readonly message: string };

/** Options of {@link walkFiles}. */
export interface WalkOptions {
  /** The name of the folder itself, which all names begin with. */
  readonly name: string;
  /** Whether a path belongs to the catalog itself. */
  readonly isOwn: (path: string) => boolean;
}

interface OpenFolder {
  readonly path: string;
  readonly name: string;
  readonly entries: Iterator<DirectoryEntry>;
}

/**
 * All files below a folder, in the order of their names, folder by folder; symlinks are not followed. It holds the
 * names of the folders that it stands in, and no more.
 */
export async function* walkFiles(fs: FileSystem, folder: string, options: WalkOptions): AsyncGenerator<WalkedEntry> {
  const open: OpenFolder[] = [];
  const first = await openFolder(fs, folder, options.name);
  if ("kind" in first) yield first;
  else open.push(first);
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const { done, value: entry } = current.entries.next();
    if (done === true) {
      open.pop();
      continue;
    }
    const found = await classify(fs, current, { entry, isOwn: options.isOwn });
    if (found.kind !== "directory") {
      yield found;
      continue;
    }
    const below = await openFolder(fs, found.path, found.name);
    if ("kind" in below) yield below;
    else open.push(below);
  }
}

async function openFolder(fs: FileSystem, path: string, name: string): Promise<OpenFolder | WalkedEntry> {
  const entries: DirectoryEntry[] = [];
  try {
    for await (const entry of fs.list(path)) entries.push(entry);
  } catch (cause) {
    const error = asCatalogError(cause, { verb: "list", path });
    if (!isCatalogError(error)) throw error;
    if (!isCatalogError(error, "NOT_FOUND") && !isCatalogError(error, "PERMISSION")) throw error;
    return { kind: error.code === "NOT_FOUND" ? "gone" : "unreadable", path, message: error.message };
  }
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  return { path, name, entries: entries.values() };
}

async function classify(
  fs: FileSystem,
  folder: OpenFolder,
  { entry, isOwn }: { readonly entry: DirectoryEntry; readonly isOwn: WalkOptions["isOwn"] },
): Promise<WalkedEntry | { readonly kind: "directory"; readonly path: string; readonly name: string }> {
  const path = folder.path.endsWith("/") ? folder.path + entry.name : `${folder.path}/${entry.name}`;
  const name = `${folder.name}/${entry.name}`;
  // What a listing gives for bytes that are no UTF-8 does not lead back to them.
  if (/\ufffd/.test(entry.name) && (await fs.lstat(path)) === undefined) {
    return { kind: "unusable", path, message: "its name is not valid UTF-8; rename it" };
  }
  if (isOwn(path)) return { kind: "own", path, name };
  if (entry.kind === "other") return { kind: "special", path, name };
  return { kind: entry.kind, path, name };
}
