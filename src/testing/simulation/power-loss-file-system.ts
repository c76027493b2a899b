import { inPages } from "../../core/pages.ts";
import { normalizePath } from "../../core/path.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../ports/file-system.ts";
import {
  type AnyInode,
  type DirectoryInode,
  type FileInode,
  failSync,
  setEntry,
  syncDirectory,
  syncFile,
  writeBytes,
} from "./_power-loss-inode.ts";
import {
  findSlot,
  lookUp,
  type Place,
  posixError,
  requireAlive,
  requireRenamable,
  type Slot,
} from "./_power-loss-place.ts";
import type { DiskHooks, PowerLossDisk } from "./power-loss-disk.ts";

/** The clock of files is coarse, so that two versions of a file may bear the same time. */
const TICK_MS = 20;

/**
 * A {@link PowerLossDisk} as one process sees it; made by its `attach`. As in a kernel, what is to happen in a folder
 * below the root finds that folder first, and happens there a moment later, wherever the folder has been moved by then.
 */
export class ProcessFileSystem implements FileSystem {
  readonly capabilities: FileSystemCapabilities;
  readonly disk: PowerLossDisk;
  readonly hooks: DiskHooks;
  readonly handles: Set<ProcessFileHandle> = new Set();

  constructor(disk: PowerLossDisk, hooks: DiskHooks) {
    this.disk = disk;
    this.hooks = hooks;
    this.capabilities = { hardlink: hooks.hardlink !== false, clone: false, directorySync: true, access: false };
  }

  kill(): void {
    for (const handle of [...this.handles]) handle.release();
  }

  /** Waits for the turn of this operation, and fails if it is to fail. */
  async enter(operation: string, path: string): Promise<"short" | undefined> {
    await this.hooks.step(operation, path);
    const fault = this.hooks.fault?.(operation, path);
    if (fault === undefined || fault === "short") return fault;
    throw posixError(fault, operation, path);
  }

  async open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    await this.enter("open", path);
    if (mode === "create") {
      const place = this.#free(await this.#find("open", path), "open");
      const file = this.disk.createFile(createMode & 0o7755, this.hooks);
      setEntry(place.parent, place.name, file);
      return new ProcessFileHandle(this, { file, mode, path });
    }
    return new ProcessFileHandle(this, { file: requireFile(this.#locate(path, "open"), "open"), mode, path });
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.enter("read", path);
    return requireFile(this.#locate(path, "open"), "open").cache.slice();
  }

  async stat(path: string): Promise<FileStat | undefined> {
    await this.enter("stat", path);
    return this.#stat(path);
  }

  async lstat(path: string): Promise<FileStat | undefined> {
    return this.stat(path);
  }

  async *list(path: string): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    await this.enter("list", path);
    const { entries } = requireDirectory(this.#locate(path, "list"), "list");
    yield* inPages(Array.from(entries, ([name, { kind }]) => ({ name, kind })));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.enter("mkdir", path);
    const place = this.#free(await this.#find("mkdir", path), "mkdir");
    setEntry(place.parent, place.name, this.disk.createDirectory(this.hooks.now()));
  }

  async removeDirectory(path: string): Promise<void> {
    await this.enter("rmdir", path);
    const place = lookUp(await this.#find("rmdir", path));
    if (requireDirectory(place, "rmdir").entries.size > 0) throw posixError("ENOTEMPTY", "rmdir", path);
    this.#remove(place);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.enter("rename", `${from} -> ${to}`);
    const found = await this.#find("rename", from, to);
    const source = lookUp(found);
    const target = lookUp(found.target);
    if (source.inode === undefined) throw posixError("ENOENT", "rename", from);
    requireAlive(target, "rename");
    if (source.inode === target.inode) return;
    requireRenamable(source.inode, target);
    setEntry(target.parent, target.name, source.inode);
    setEntry(source.parent, source.name, undefined);
    if (target.inode !== undefined) this.disk.release(target.inode);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.enter("link", `${existing} -> ${path}`);
    if (!this.capabilities.hardlink) throw posixError("EPERM", "link", path);
    const file = requireFile(this.#locate(existing, "link"), "link");
    const slot = findSlot(this.disk.root, path, "link");
    // Even if the folders stay: the file has been found, and may lose this name now.
    await this.hooks.step("link (found)", existing);
    const place = this.#free(slot, "link");
    if (file.links === 0) throw posixError("ENOENT", "link", existing);
    setEntry(place.parent, place.name, file);
  }

  async clone(existing: string): Promise<void> {
    throw posixError("ENOTSUP", "clone", existing);
  }

  async unlink(path: string): Promise<void> {
    await this.enter("unlink", path);
    const place = lookUp(await this.#find("unlink", path));
    const file = requireFile(place, "unlink");
    if (this.disk.hidesOpenFiles && file.handles > 0) {
      const hidden = `.hidden-${file.number}`;
      if (place.name === hidden) return;
      setEntry(place.parent, hidden, file);
    }
    this.#remove(place);
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.enter("chmod", path);
    const { inode } = this.#locate(path, "chmod");
    if (inode === undefined) throw posixError("ENOENT", "chmod", path);
    inode.mode = mode;
  }

  async realPath(path: string): Promise<string> {
    await this.enter("realpath", path);
    if (this.#stat(path) === undefined) throw posixError("ENOENT", "realpath", path);
    return normalizePath(path);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.enter("syncdir", path);
    syncDirectory(requireDirectory(this.#locate(path, "fsync"), "fsync"));
  }

  #remove(place: Place): void {
    setEntry(place.parent, place.name, undefined);
    if (place.inode !== undefined) this.disk.release(place.inode);
  }

  #stat(path: string): FileStat | undefined {
    try {
      const { inode } = this.#locate(path, "stat");
      return inode && statOf(inode);
    } catch {
      return undefined;
    }
  }

  #locate(path: string, operation: string): Place {
    return lookUp(findSlot(this.disk.root, path, operation));
  }

  /** Finds the folders of what is to be changed; others get their turn before it is, unless nobody can move those. */
  async #find(operation: string, path: string, other: string = path): Promise<Slot & { readonly target: Slot }> {
    const { root } = this.disk;
    const slot = findSlot(root, path, operation);
    const target = findSlot(root, other, operation);
    if (slot.parent !== root || target.parent !== root) await this.hooks.step(`${operation} (found)`, path);
    return { ...slot, target };
  }

  #free(slot: Slot, operation: string): Place {
    const place = lookUp(slot);
    if (place.inode !== undefined) throw posixError("EEXIST", operation, place.path);
    requireAlive(place, operation);
    return place;
  }
}

function requireFile({ inode, path }: Place, operation: string): FileInode {
  if (inode === undefined) throw posixError("ENOENT", operation, path);
  if (inode.kind === "directory") throw posixError("EISDIR", operation, path);
  return inode;
}

function requireDirectory({ inode, path }: Place, operation: string): DirectoryInode {
  if (inode === undefined) throw posixError("ENOENT", operation, path);
  if (inode.kind === "file") throw posixError("ENOTDIR", operation, path);
  return inode;
}

interface Opened {
  readonly file: FileInode;
  readonly mode: OpenMode;
  readonly path: string;
}

class ProcessFileHandle implements FileHandle {
  readonly #fs: ProcessFileSystem;
  readonly #opened: Opened;
  #position = 0;
  #open = true;
  #writing = false;
  #heardOfFailures: number;

  constructor(fs: ProcessFileSystem, opened: Opened) {
    this.#fs = fs;
    this.#opened = opened;
    this.#heardOfFailures = opened.file.failedSyncs;
    opened.file.handles += 1;
    fs.handles.add(this);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const { file } = await this.#enter("pread");
    // A read may give fewer bytes than there are.
    const wanted = this.#fs.hooks.chooser.choose(8) === 7 ? Math.ceil(target.byteLength / 3) : target.byteLength;
    const bytes = file.cache.subarray(position, position + wanted);
    target.set(bytes);
    return bytes.byteLength;
  }

  /** Others can see the beginning of what is written before the end; but nobody else writes in between. */
  async write(bytes: Uint8Array): Promise<number> {
    const { chooser } = this.#fs.hooks;
    const { file, mode, path } = this.#opened;
    const fault = await this.#fs.enter("write", path);
    while (file.writing) await this.#fs.hooks.step("write (waits)", path);
    this.#check("write");
    const start = mode === "append" ? file.cache.byteLength : this.#position;
    const pieces = chooser.choose(4) === 3 && bytes.byteLength > 1 ? 1 + chooser.choose(bytes.byteLength - 1) : 0;
    if (pieces > 0) {
      file.writing = true;
      this.#writing = true;
      writeBytes(file, start, bytes.subarray(0, pieces));
      if (fault !== "short") await this.#fs.hooks.step("write (rest)", path);
      file.writing = false;
      this.#writing = false;
    }
    const end = fault === "short" ? pieces : bytes.byteLength;
    if (end > pieces) writeBytes(file, start + pieces, bytes.subarray(pieces, end));
    this.#position = start + end;
    file.modifiedMs = Math.floor(this.#fs.hooks.now() / TICK_MS) * TICK_MS;
    return end;
  }

  async stat(): Promise<FileStat> {
    return statOf((await this.#enter("fstat")).file);
  }

  async sync(): Promise<void> {
    const { file, path } = this.#opened;
    try {
      await this.#enter("fsync");
    } catch (error) {
      failSync(file, this.#fs.hooks.chooser);
      this.#heardOfFailures = file.failedSyncs;
      throw error;
    }
    if (this.#heardOfFailures < file.failedSyncs) {
      this.#heardOfFailures = file.failedSyncs;
      throw posixError("EIO", "fsync", path);
    }
    syncFile(file);
  }

  async setAccess(): Promise<void> {
    await this.#enter("fchown");
    throw posixError("ENOTSUP", "fchown", this.#opened.path);
  }

  async close(): Promise<void> {
    this.release();
  }

  release(): void {
    if (!this.#open) return;
    this.#open = false;
    const { file } = this.#opened;
    file.handles -= 1;
    if (this.#writing) file.writing = false;
    this.#fs.handles.delete(this);
    this.#fs.disk.release(file);
  }

  async #enter(operation: string): Promise<Opened> {
    await this.#fs.enter(operation, this.#opened.path);
    this.#check(operation);
    return this.#opened;
  }

  #check(operation: string): void {
    if (!this.#open) throw posixError("EBADF", operation, this.#opened.path);
  }
}

function statOf(inode: AnyInode): FileStat {
  const { kind, number, modifiedMs, links, mode } = inode;
  const sizeBytes = inode.kind === "file" ? inode.cache.byteLength : 0;
  return { kind, sizeBytes, modifiedMs, identity: `${number}`, links, mode };
}
