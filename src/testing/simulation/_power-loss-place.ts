import { isAbsolutePath, normalizePath } from "../../core/path.ts";
import type { AnyInode, DirectoryInode } from "./_power-loss-inode.ts";

/** The folder that a path leads to, and the last name of the path, which may stand for something or not. */
export interface Slot {
  readonly parent: DirectoryInode;
  readonly name: string;
  readonly path: string;
}

/** What has a name, at a moment. */
export interface Place extends Slot {
  readonly inode: AnyInode | undefined;
}

/** An error of a file system. */
export function posixError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} ${path}`), { code });
}

/** Goes down from the root to the folder of the last name. */
export function findSlot(root: DirectoryInode, path: string, operation: string): Slot {
  if (!isAbsolutePath(path)) throw new TypeError(`Cannot ${operation} ${path}: expected an absolute path`);
  const names = normalizePath(path)
    .split("/")
    .filter((name) => name !== "");
  const last = names.pop() ?? "";
  let parent = root;
  for (const name of names) {
    const inode = parent.entries.get(name);
    if (inode === undefined) throw posixError("ENOENT", operation, path);
    if (inode.kind === "file") throw posixError("ENOTDIR", operation, path);
    parent = inode;
  }
  return { parent, name: last, path };
}

/** What the last name stands for now, wherever the folder has been moved since it was found. */
export function lookUp(slot: Slot): Place {
  const { parent, name } = slot;
  return { ...slot, inode: name === "" ? parent : parent.entries.get(name) };
}

/** Refuses a new name in a folder that is gone. */
export function requireAlive({ parent, path }: Slot, operation: string): void {
  if (parent.links === 0) throw posixError("ENOENT", operation, path);
}

/** Refuses a rename that POSIX does not know: a folder into itself, or a folder in place of a file, or the other way. */
export function requireRenamable(source: AnyInode, target: Place): void {
  const { inode, parent, path } = target;
  if (source.kind === "directory" && isWithin(parent, source)) throw posixError("EINVAL", "rename", path);
  if (inode === undefined) return;
  if (inode.kind === "file") {
    if (source.kind === "directory") throw posixError("ENOTDIR", "rename", path);
  } else if (source.kind === "file") throw posixError("EISDIR", "rename", path);
  else if (inode.entries.size > 0) throw posixError("ENOTEMPTY", "rename", path);
}

function isWithin(inner: DirectoryInode, outer: DirectoryInode): boolean {
  if (inner === outer) return true;
  return [...outer.entries.values()].some((inode) => inode.kind === "directory" && isWithin(inner, inode));
}
