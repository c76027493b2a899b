import { asCatalogError, isExhaustion } from "../../core/messages/file-error.ts";
import { baseName } from "../../core/path.ts";
import { isCatalogError } from "../../errors.ts";
import type { DirectoryEntry, FileSystem } from "../../ports/file-system.ts";
import { pathBeforeRemoval, restoreRemoved } from "../files/remove-unchanged.ts";

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
  /** Why not all of its names are known, if so. */
  readonly failure: WalkedEntry | undefined;
}

/**
 * All files below a folder, in the order of their names, folder by folder; symlinks are not followed. It holds the
 * names of the folders that it stands in, and no more.
 */
export async function* walkFiles(fs: FileSystem, folder: string, options: WalkOptions): AsyncGenerator<WalkedEntry> {
  const open: OpenFolder[] = [await openFolder(fs, folder, options.name)];
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const { done, value: entry } = current.entries.next();
    if (done === true) {
      open.pop();
      if (current.failure !== undefined) yield current.failure;
      continue;
    }
    const found = classify(current, entry, options);
    if (found.kind === "directory") open.push(await openFolder(fs, found.path, found.name));
    else yield found.kind === "file" ? await underItsName(fs, current, found) : found;
  }
}

/** Lists a folder as far as that goes: one that cannot be listed says nothing about those beside it. */
async function openFolder(fs: FileSystem, path: string, name: string): Promise<OpenFolder> {
  const entries: DirectoryEntry[] = [];
  let failure: WalkedEntry | undefined;
  try {
    for await (const page of fs.list(path)) entries.push(...page);
  } catch (cause) {
    const error = asCatalogError(cause, { verb: "list", path });
    if (!isCatalogError(error) || isExhaustion(cause)) throw error;
    failure = { kind: error.code === "NOT_FOUND" ? "gone" : "unreadable", path, message: error.message };
  }
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  return { path, name, entries: entries.values(), failure };
}

/** A file that one who was killed while he moved it left hidden has its name again. */
async function underItsName(
  fs: FileSystem,
  folder: OpenFolder,
  file: WalkedEntry & { readonly kind: "file" | "symlink" | "special" | "own" },
): Promise<WalkedEntry> {
  const path = pathBeforeRemoval(file.path);
  // Whoever has the name by now comes by himself, and what cannot be renamed is a file as well.
  if (path === undefined || (await fs.lstat(path)) !== undefined) return file;
  if (!(await restoreRemoved(fs, path).catch(() => false))) return file;
  return { kind: "file", path, name: `${folder.name}/${baseName(path)}` };
}

function classify(
  folder: OpenFolder,
  entry: DirectoryEntry,
  { isOwn }: WalkOptions,
): WalkedEntry | { readonly kind: "directory"; readonly path: string; readonly name: string } {
  const path = folder.path.endsWith("/") ? folder.path + entry.name : `${folder.path}/${entry.name}`;
  const name = `${folder.name}/${entry.name}`;
  if (entry.unnameable === true) return { kind: "unusable", path, message: "its name is not valid UTF-8; rename it" };
  if (isOwn(path)) return { kind: "own", path, name };
  if (entry.kind === "other") return { kind: "special", path, name };
  return { kind: entry.kind, path, name };
}
