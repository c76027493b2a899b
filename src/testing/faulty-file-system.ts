import type {
  DirectoryEntry,
  FileAccess,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  ListDirectoryOptions,
  OpenMode,
} from "../ports/file-system.ts";
import { FaultCounter } from "./_fault-counter.ts";
import type { FaultPlan, FileCall } from "./fault-plan.ts";

/** A file system that fails as planned, and tells what happened. */
export interface FaultyFileSystem extends FileSystem {
  /** How many calls of the plan's operations were made. */
  readonly calls: number;
  /** How many of them the plan struck; 0 means that the run went through untouched. */
  readonly faults: number;
  /** All calls in the order they were made, those the plan does not count too. */
  readonly trace: readonly FileCall[];
}

/**
 * Makes one call of a file system fail, so that a test can try every step of what it tests:
 * @example
 * ```ts
 * import { createMemoryFileSystem } from "content-catalog/memory";
 * import { createFaultyFileSystem } from "content-catalog/testing";
 *
 * for (let failAt = 1; ; failAt += 1) {
 *   const files = createMemoryFileSystem();
 *   const fs = createFaultyFileSystem(files, { failAt, code: "ENOSPC", operations: ["makeDirectory", "rename"] });
 *   try {
 *     await fs.makeDirectory("/new");
 *     await fs.rename("/new", "/data");
 *   } catch (error) {
 *     console.log(failAt, error); // now look at `files`: what did the failure leave behind?
 *   }
 *   if (fs.faults === 0) break; // a run that went through untouched: every step was tried
 * }
 * ```
 */
export function createFaultyFileSystem(fs: FileSystem, plan: FaultPlan = {}): FaultyFileSystem {
  return new FaultyFiles(fs, new FaultCounter(plan));
}

class FaultyFiles implements FaultyFileSystem {
  readonly capabilities: FileSystemCapabilities;
  readonly freeBytes: FileSystem["freeBytes"];
  readonly mayShareBlocks: FileSystem["mayShareBlocks"];
  readonly setModified: FileSystem["setModified"];
  readonly #fs: FileSystem;
  readonly #counter: FaultCounter;

  constructor(fs: FileSystem, counter: FaultCounter) {
    this.#fs = fs;
    this.#counter = counter;
    this.capabilities = fs.capabilities;
    const { freeBytes, mayShareBlocks, setModified } = fs;
    this.setModified =
      setModified &&
      ((path, modifiedMs) =>
        counter.run({ operation: "setModified", path }, () => setModified.call(fs, path, modifiedMs)));
    this.freeBytes =
      freeBytes && ((path) => counter.run({ operation: "freeBytes", path }, () => freeBytes.call(fs, path)));
    this.mayShareBlocks =
      mayShareBlocks &&
      ((path) => counter.run({ operation: "mayShareBlocks", path }, () => mayShareBlocks.call(fs, path)));
  }

  get calls(): number {
    return this.#counter.calls;
  }

  get faults(): number {
    return this.#counter.faults;
  }

  get trace(): readonly FileCall[] {
    return this.#counter.trace;
  }

  open(path: string, mode: OpenMode, createMode?: number): Promise<FileHandle> {
    return this.#open({ operation: "open", path }, () => this.#fs.open(path, mode, createMode));
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#counter.run({ operation: "readFile", path }, () => this.#fs.readFile(path));
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#counter.run({ operation: "stat", path }, () => this.#fs.stat(path));
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return this.#counter.run({ operation: "lstat", path }, () => this.#fs.lstat(path));
  }

  /** One call, however many names there are. */
  async *list(path: string, options?: ListDirectoryOptions): AsyncIterable<readonly DirectoryEntry[]> {
    const call: FileCall = { operation: "list", path };
    const effect = await this.#counter.strike(call);
    if (effect === "before" || effect === "torn") throw this.#counter.error(call);
    yield* this.#fs.list(path, options);
    if (effect === "after") throw this.#counter.error(call);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#counter.run({ operation: "makeDirectory", path }, () => this.#fs.makeDirectory(path));
  }

  removeDirectory(path: string): Promise<void> {
    return this.#counter.run({ operation: "removeDirectory", path }, () => this.#fs.removeDirectory(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#counter.run({ operation: "rename", path: from }, () => this.#fs.rename(from, to));
  }

  link(existing: string, path: string): Promise<void> {
    return this.#counter.run({ operation: "link", path: existing }, () => this.#fs.link(existing, path));
  }

  clone(existing: string, path: string): Promise<void> {
    return this.#counter.run({ operation: "clone", path: existing }, () => this.#fs.clone(existing, path));
  }

  unlink(path: string): Promise<void> {
    return this.#counter.run({ operation: "unlink", path }, () => this.#fs.unlink(path));
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#counter.run({ operation: "setMode", path }, () => this.#fs.setMode(path, mode));
  }

  realPath(path: string): Promise<string> {
    return this.#counter.run({ operation: "realPath", path }, () => this.#fs.realPath(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#counter.run({ operation: "syncDirectory", path }, () => this.#fs.syncDirectory(path));
  }

  async #open(call: FileCall, open: () => Promise<FileHandle>): Promise<FileHandle> {
    const effect = await this.#counter.strike(call);
    if (effect === "before" || effect === "torn") throw this.#counter.error(call);
    const handle = await open();
    if (effect !== "after") return new FaultyFileHandle(handle, { path: call.path, counter: this.#counter });
    // Nobody will ever get this handle.
    await handle.close();
    throw this.#counter.error(call);
  }
}

class FaultyFileHandle implements FileHandle {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #counter: FaultCounter;

  constructor(handle: FileHandle, { path, counter }: { readonly path: string; readonly counter: FaultCounter }) {
    this.#handle = handle;
    this.#path = path;
    this.#counter = counter;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const call: FileCall = { operation: "read", path: this.#path };
    const effect = await this.#counter.strike(call);
    if (effect === "before" || effect === "torn") throw this.#counter.error(call);
    const read = await this.#handle.read(effect === "short" ? firstHalf(target) : target, position);
    if (effect === "after") throw this.#counter.error(call);
    return read;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const call: FileCall = { operation: "write", path: this.#path };
    const effect = await this.#counter.strike(call);
    if (effect === "before") throw this.#counter.error(call);
    const written = await this.#handle.write(effect === "short" || effect === "torn" ? firstHalf(bytes) : bytes);
    if (effect === "after" || effect === "torn") throw this.#counter.error(call);
    return written;
  }

  stat(): Promise<FileStat> {
    return this.#counter.run({ operation: "fstat", path: this.#path }, () => this.#handle.stat());
  }

  sync(): Promise<void> {
    return this.#counter.run({ operation: "sync", path: this.#path }, () => this.#handle.sync());
  }

  setAccess(access: FileAccess): Promise<void> {
    return this.#counter.run({ operation: "setAccess", path: this.#path }, () => this.#handle.setAccess(access));
  }

  async close(): Promise<void> {
    const call: FileCall = { operation: "close", path: this.#path };
    const effect = await this.#counter.strike(call);
    // A close that fails has released the file all the same, see close(2).
    await this.#handle.close();
    if (effect !== undefined && effect !== "short" && effect !== "change") throw this.#counter.error(call);
  }
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.ceil(bytes.byteLength / 2));
}
