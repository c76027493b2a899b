import type { FileAccess, FileHandle, FileStat, OpenMode } from "../../ports/file-system.ts";
import type { MemoryNode, MemoryTree } from "./_memory-tree.ts";
import { posixError } from "./posix-error.ts";

/** What a memory handle is opened on. */
export interface MemoryHandleTarget {
  /** Gives the time of changes. */
  readonly tree: MemoryTree;
  /** What the name stood for when it was opened. */
  readonly node: MemoryNode;
  /** What the handle may be used for. */
  readonly mode: OpenMode;
  /** For messages. */
  readonly path: string;
}

/** An open file in memory. It holds the file, not the name, so it outlives both unlink and rename. */
export class MemoryFileHandle implements FileHandle {
  readonly #target: MemoryHandleTarget;
  #offset = 0;
  #closed = false;

  /** Starts at the first byte. */
  constructor(target: MemoryHandleTarget) {
    this.#target = target;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const node = this.#opened("read");
    if (node.kind === "directory") throw posixError("EISDIR", "read", this.#target.path);
    const end = Math.min(position + target.byteLength, node.sizeBytes);
    if (end <= position) return 0;
    target.set(node.buffer.subarray(position, end));
    return end - position;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const node = this.#opened("write");
    const { mode, path, tree } = this.#target;
    if (mode === "read" || node.kind === "directory") throw posixError("EBADF", "write", path);
    const start = mode === "append" ? node.sizeBytes : this.#offset;
    const end = start + bytes.byteLength;
    if (end > node.buffer.byteLength) node.buffer = grow(node.buffer, end);
    node.buffer.set(bytes, start);
    node.sizeBytes = Math.max(node.sizeBytes, end);
    this.#offset = end;
    if (bytes.byteLength > 0) tree.touch(node);
    return bytes.byteLength;
  }

  async stat(): Promise<FileStat> {
    return asFileStat(this.#opened("fstat"));
  }

  async sync(): Promise<void> {
    this.#opened("fsync");
  }

  async setAccess({ mode, owner }: FileAccess): Promise<void> {
    const node = this.#opened("fchown");
    if (owner !== undefined) node.owner = owner;
    if (mode !== undefined) node.mode = mode & 0o7777;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #opened(operation: string): MemoryNode {
    if (this.#closed) throw posixError("EBADF", operation, this.#target.path);
    return this.#target.node;
  }
}

/** What is known about `node` at this moment. */
export function asFileStat(node: MemoryNode): FileStat {
  const { kind, modifiedMs, identity, links, mode, owner } = node;
  return { kind, sizeBytes: node.kind === "file" ? node.sizeBytes : 0, modifiedMs, identity, links, mode, owner };
}

/** Twice the room each time, so that many small appends cost no more than a large one. */
function grow(buffer: Uint8Array, neededBytes: number): Uint8Array {
  const grown = new Uint8Array(Math.max(neededBytes, buffer.byteLength * 2));
  grown.set(buffer);
  return grown;
}
