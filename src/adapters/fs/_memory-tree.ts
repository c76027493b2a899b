import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath, normalizePath } from "../../core/path.ts";
import type { FileOwner } from "../../ports/file-system.ts";
import { posixError } from "./posix-error.ts";

/** What file and folder have in common: what POSIX calls an inode, without the name. */
export interface MemoryInode {
  /** No other file or folder of the tree ever has it. */
  readonly identity: string;
  /** How many names it has; a folder has one more in itself, and one in each folder in it. */
  links: number;
  /** Permission bits. */
  mode: number;
  /** To whom it belongs. */
  owner: FileOwner;
  /** Time of the last change, in milliseconds since 1970. */
  modifiedMs: number;
}

/** The bytes behind one or more names, or behind none but open handles. */
export interface MemoryFile extends MemoryInode {
  /** Tells it from a {@link MemoryDirectory}. */
  readonly kind: "file";
  /** May be longer than the file: room for what is appended. */
  buffer: Uint8Array;
  /** Length of the file in bytes. */
  sizeBytes: number;
}

/** A folder. */
export interface MemoryDirectory extends MemoryInode {
  /** Tells it from a {@link MemoryFile}. */
  readonly kind: "directory";
  /** What is in it, by name, in the order in which it came. */
  readonly entries: Map<string, MemoryNode>;
}

/** What a name stands for. */
export type MemoryNode = MemoryFile | MemoryDirectory;

/** Where a path leads: the folder, the name in it, and what has that name. The root has itself as parent, named "". */
export interface MemoryPlace {
  /** The folder; of the root itself. */
  readonly parent: MemoryDirectory;
  /** The last name of the path. */
  readonly name: string;
  /** What has that name; `undefined` where nothing has it. */
  readonly node: MemoryNode | undefined;
}

/** To whom everything belongs that is new. */
const OWNER: FileOwner = { userId: 0, groupId: 0 };
/** The umask of most systems. */
const UMASK = 0o022;
const MAX_NAME_BYTES = 255;

/** Names and what they stand for, from the root down. */
export class MemoryTree {
  /** The folder "/". */
  readonly root: MemoryDirectory;
  readonly #now: () => number;
  readonly #name: string;
  #inodes = 0;

  /** A tree with an empty root; `now` gives the time of changes in milliseconds since 1970, `name` begins identities. */
  constructor(now: () => number, name = "memory") {
    this.#now = now;
    this.#name = name;
    this.root = this.#createDirectoryNode();
  }

  /** Finds where a path leads. @throws `ENOENT`, `ENOTDIR`, `ENAMETOOLONG` when the folder that would hold the last name cannot be reached */
  locate(path: string, operation: string): MemoryPlace {
    const place = this.#walk(path, operation);
    if (typeof place === "string") throw posixError(place, operation, path);
    return place;
  }

  /** What is at a path; `undefined` when nothing can be there. @throws `ENAMETOOLONG` */
  find(path: string, operation: string): MemoryNode | undefined {
    const place = this.#walk(path, operation);
    if (place === "ENAMETOOLONG") throw posixError(place, operation, path);
    return typeof place === "string" ? undefined : place.node;
  }

  /** What is at a path. @throws `ENOENT` when nothing is there, and what {@link locate} throws */
  get(path: string, operation: string): MemoryNode {
    const { node } = this.locate(path, operation);
    if (node === undefined) throw posixError("ENOENT", operation, path);
    return node;
  }

  /** Makes an empty file where nothing is; `mode` loses the bits of the usual umask. */
  createFile(place: MemoryPlace, mode: number): MemoryFile {
    const file: MemoryFile = { kind: "file", buffer: new Uint8Array(0), sizeBytes: 0, ...this.#createInode(mode) };
    this.attach(place, file);
    return file;
  }

  /** Makes an empty folder where nothing is. */
  createDirectory(place: MemoryPlace): void {
    this.attach(place, this.#createDirectoryNode());
  }

  /** Gives a node the name of a place, which nothing else may have. */
  attach({ parent, name }: MemoryPlace, node: MemoryNode): void {
    parent.entries.set(name, node);
    if (node.kind === "file") node.links += 1;
    else parent.links += 1;
    this.touch(parent);
  }

  /** Takes the name of a place away; handles keep a file all the same. */
  detach({ parent, name, node }: MemoryPlace): void {
    parent.entries.delete(name);
    if (node?.kind === "file") node.links -= 1;
    else parent.links -= 1;
    this.touch(parent);
  }

  /** Sets the time of the last change. */
  touch(node: MemoryNode): void {
    node.modifiedMs = this.#now();
  }

  /** Where a path leads, or why it leads nowhere: an error, with its stack, takes longer than the way. */
  #walk(path: string, operation: string): MemoryPlace | "ENOENT" | "ENOTDIR" | "ENAMETOOLONG" {
    if (!isAbsolutePath(path) || path.includes("\0")) {
      throw new TypeError(`Cannot ${operation} ${quote(path)}: expected an absolute path without NUL`);
    }
    let place: MemoryPlace = { parent: this.root, name: "", node: this.root };
    for (const name of normalizePath(path).split("/")) {
      if (name === "") continue;
      if (place.node === undefined) return "ENOENT";
      if (place.node.kind === "file") return "ENOTDIR";
      if (isTooLong(name)) return "ENAMETOOLONG";
      place = { parent: place.node, name, node: place.node.entries.get(name) };
    }
    return place;
  }

  #createDirectoryNode(): MemoryDirectory {
    // A folder has a name in its parent, and "." in itself; each folder below adds its "..".
    return { kind: "directory", entries: new Map(), ...this.#createInode(0o777), links: 2 };
  }

  #createInode(mode: number): MemoryInode {
    this.#inodes += 1;
    return {
      identity: `${this.#name}:${this.#inodes}`,
      links: 0,
      mode: mode & ~UMASK & 0o7777,
      owner: OWNER,
      modifiedMs: this.#now(),
    };
  }
}

/** A name that short in UTF-16 cannot be too long in UTF-8. */
function isTooLong(name: string): boolean {
  return name.length > MAX_NAME_BYTES / 3 && new TextEncoder().encode(name).byteLength > MAX_NAME_BYTES;
}
