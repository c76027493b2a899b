import { inPages } from "../../core/pages.ts";
import { isInsidePath, normalizePath } from "../../core/path.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../ports/file-system.ts";
import { asFileStat, MemoryFileHandle } from "./_memory-handle.ts";
import { type MemoryPlace, MemoryTree } from "./_memory-tree.ts";
import { posixError } from "./posix-error.ts";

/** Options of {@link createMemoryFileSystem}. */
export interface MemoryFileSystemOptions {
  /** Milliseconds since 1970, for the times of files. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** How the identity of each file begins: with different ones two file systems have no identity in common. @default "memory" */
  readonly name?: string | undefined;
  /** Whether files can be cloned; a clone has bytes of its own here, so it saves nothing. @default false */
  readonly clone?: boolean | undefined;
  /** How much room is left, in bytes, as the file system says; nothing is refused for it. @default not told */
  readonly freeBytes?: (() => number) | undefined;
}

/**
 * An empty file system that lives as long as the object, and answers as a POSIX one does: hard links, error codes,
 * files that outlive their names while they are open. Mode bits are kept, not enforced.
 */
export function createMemoryFileSystem(options: MemoryFileSystemOptions = {}): FileSystem {
  return new MemoryFileSystem(options);
}

class MemoryFileSystem implements FileSystem {
  readonly capabilities: FileSystemCapabilities;
  readonly freeBytes: FileSystem["freeBytes"];
  readonly #tree: MemoryTree;

  constructor({ now = Date.now, name, clone = false, freeBytes }: MemoryFileSystemOptions) {
    this.capabilities = { hardlink: true, clone, directorySync: true, access: true };
    const tree = new MemoryTree(now, name);
    this.#tree = tree;
    this.freeBytes =
      freeBytes &&
      (async (path) => {
        tree.get(path, "statfs");
        return freeBytes();
      });
  }

  async open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    const tree = this.#tree;
    if (mode === "create") {
      const node = tree.createFile(this.#vacant(path, "open"), createMode);
      return new MemoryFileHandle({ tree, node, mode, path });
    }
    const node = tree.get(path, "open");
    if (mode === "append" && node.kind === "directory") throw posixError("EISDIR", "open", path);
    return new MemoryFileHandle({ tree, node, mode, path });
  }

  async readFile(path: string): Promise<Uint8Array> {
    const node = this.#tree.get(path, "open");
    if (node.kind === "directory") throw posixError("EISDIR", "read", path);
    return node.buffer.slice(0, node.sizeBytes);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return this.#find(path, "stat");
  }

  async lstat(path: string): Promise<FileStat | undefined> {
    return this.#find(path, "lstat");
  }

  async *list(path: string): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    const node = this.#tree.get(path, "opendir");
    if (node.kind === "file") throw posixError("ENOTDIR", "opendir", path);
    yield* inPages(Array.from(node.entries, ([name, { kind }]) => ({ name, kind })));
  }

  async makeDirectory(path: string): Promise<void> {
    this.#tree.createDirectory(this.#vacant(path, "mkdir"));
  }

  async removeDirectory(path: string): Promise<void> {
    const place = this.#tree.locate(path, "rmdir");
    if (place.name === "") throw posixError("EBUSY", "rmdir", path);
    if (place.node === undefined) throw posixError("ENOENT", "rmdir", path);
    if (place.node.kind === "file") throw posixError("ENOTDIR", "rmdir", path);
    if (place.node.entries.size > 0) throw posixError("ENOTEMPTY", "rmdir", path);
    this.#tree.detach(place);
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#tree.locate(from, "rename");
    const target = this.#tree.locate(to, "rename");
    if (source.name === "" || target.name === "") throw posixError("EBUSY", "rename", from);
    if (source.node === undefined) throw posixError("ENOENT", "rename", from);
    // POSIX: two names of one file both stay.
    if (source.node === target.node) return;
    const [fromPath, toPath] = [normalizePath(from), normalizePath(to)];
    if (isInsidePath(fromPath, toPath)) throw posixError("EINVAL", "rename", from);
    if (isInsidePath(toPath, fromPath)) throw posixError("ENOTEMPTY", "rename", to);
    if (target.node !== undefined) {
      refuseToReplace(source, target, to);
      this.#tree.detach(target);
    }
    this.#tree.detach(source);
    this.#tree.attach(target, source.node);
  }

  async link(existing: string, path: string): Promise<void> {
    const node = this.#tree.get(existing, "link");
    const place = this.#vacant(path, "link");
    if (node.kind === "directory") throw posixError("EPERM", "link", existing);
    this.#tree.attach(place, node);
  }

  async clone(existing: string, path: string): Promise<void> {
    const node = this.#tree.get(existing, "copyfile");
    if (node.kind === "directory" || !this.capabilities.clone) throw posixError("ENOTSUP", "copyfile", existing);
    const copy = this.#tree.createFile(this.#vacant(path, "copyfile"), node.mode);
    copy.buffer = node.buffer.slice(0, node.sizeBytes);
    copy.sizeBytes = node.sizeBytes;
  }

  async unlink(path: string): Promise<void> {
    const place = this.#tree.locate(path, "unlink");
    if (place.node === undefined) throw posixError("ENOENT", "unlink", path);
    if (place.node.kind === "directory") throw posixError("EISDIR", "unlink", path);
    this.#tree.detach(place);
  }

  async setMode(path: string, mode: number): Promise<void> {
    this.#tree.get(path, "chmod").mode = mode & 0o7777;
  }

  async setModified(path: string, modifiedMs: number): Promise<void> {
    this.#tree.get(path, "utime").modifiedMs = modifiedMs;
  }

  async realPath(path: string): Promise<string> {
    this.#tree.get(path, "realpath");
    return normalizePath(path);
  }

  async syncDirectory(path: string): Promise<void> {
    if (this.#tree.get(path, "fsync").kind === "file") throw posixError("ENOTDIR", "fsync", path);
  }

  #vacant(path: string, operation: string): MemoryPlace {
    const place = this.#tree.locate(path, operation);
    if (place.node !== undefined) throw posixError("EEXIST", operation, path);
    return place;
  }

  #find(path: string, operation: string): FileStat | undefined {
    const node = this.#tree.find(path, operation);
    return node && asFileStat(node);
  }
}

function refuseToReplace(source: MemoryPlace, target: MemoryPlace, path: string): void {
  if (source.node?.kind === "file") {
    if (target.node?.kind === "directory") throw posixError("EISDIR", "rename", path);
    return;
  }
  if (target.node?.kind === "file") throw posixError("ENOTDIR", "rename", path);
  if (target.node !== undefined && target.node.entries.size > 0) throw posixError("ENOTEMPTY", "rename", path);
}
