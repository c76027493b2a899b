import { baseName, isInsidePath, parentPath } from "../../../core/path.ts";
import type { DirectoryEntry, FileAccess, FileHandle, FileStat, FileSystem } from "../../../ports/file-system.ts";
import { posixError } from "../posix-error.ts";

/** Something of the file system below, perhaps under another name. */
export interface LowerFile {
  /** Tells it from a {@link MemoryEntry}. */
  readonly kind: "lower";
  /** Where it is there. */
  readonly path: string;
  /** As it was found. */
  readonly found: FileStat;
  /** Its own, or that of a clone. */
  readonly identity: string;
}

/** A file or folder in memory. */
export interface MemoryEntry {
  /** Tells it from a {@link LowerFile}. */
  readonly kind: "memory";
  /** Whether it is a folder. */
  readonly isFolder: boolean;
  /** Where it is in memory: there all are in one folder, each name with one of its own. */
  readonly path: string;
}

/** What a name stands for. */
export type ScratchNode = LowerFile | MemoryEntry;

/** What is otherwise than in the file system below. */
export class ScratchNodes {
  readonly #lower: FileSystem;
  readonly #memory: FileSystem;
  readonly #made = new Map<string, ScratchNode>();
  /** The names of what was made, by folder. */
  readonly #names = new Map<string, Set<string>>();
  readonly #gone = new Set<string>();
  /** How many names a file of below has more than there. */
  readonly #links = new Map<string, number>();
  /** Where the bytes of files of below are that were appended to, by identity: all names of one have the same. */
  readonly #copies = new Map<string, string>();
  readonly #access = new Map<string, FileAccess>();
  #count = 0;

  /** Nothing is yet. */
  constructor(lower: FileSystem, memory: FileSystem) {
    this.#lower = lower;
    this.#memory = memory;
  }

  /** What was made or renamed, by its path. */
  get(key: string): ScratchNode | undefined {
    return this.#made.get(key);
  }

  /** Whether what is below at a path is no more, or a folder above it. */
  isGone(key: string): boolean {
    if (this.#gone.size === 0) return false;
    for (let path = key; ; path = parentPath(path)) {
      if (this.#gone.has(path)) return true;
      if (path === parentPath(path)) return false;
    }
  }

  /** Makes an empty file. */
  async createFile(key: string, mode?: number): Promise<FileHandle> {
    const path = this.#newPath();
    const handle = await this.#memory.open(path, "create", mode);
    this.#attach(key, { kind: "memory", isFolder: false, path });
    return handle;
  }

  /** Makes an empty folder. */
  async createFolder(key: string): Promise<void> {
    const path = this.#newPath();
    await this.#memory.makeDirectory(path);
    this.#attach(key, { kind: "memory", isFolder: true, path });
  }

  /** Gives a file a second name. */
  async link(node: ScratchNode, key: string): Promise<void> {
    if (node.kind === "lower") {
      this.#countLink(node, 1);
      this.#attach(key, node);
      return;
    }
    const path = this.#newPath();
    await this.#memory.link(node.path, path);
    this.#attach(key, { ...node, path });
  }

  /** Makes a file with the bytes of another one, which stay where they are. */
  clone(node: LowerFile, key: string): void {
    this.#count += 1;
    this.#attach(key, { ...node, identity: `clone:${this.#count}` });
  }

  /** Takes a name away. */
  async remove(key: string, node: ScratchNode): Promise<void> {
    this.#detach(key, node);
    if (node.kind === "lower") this.#countLink(node, -1);
    else if (node.isFolder) await this.#memory.removeDirectory(node.path);
    else await this.#memory.unlink(node.path);
  }

  /** Gives something another name, which is free, with all that is in it. */
  move(from: string, to: string, node: ScratchNode): void {
    const inside = [...this.#made].filter(([key]) => key !== from && isInsidePath(from, key));
    this.#detach(from, node);
    this.#attach(to, node);
    for (const [key, each] of inside) {
      this.#detach(key, each);
      this.#attach(to + key.slice(from.length), each);
    }
  }

  /** The names of what was made in a folder. */
  async listNew(folder: string): Promise<readonly DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for (const name of this.#names.get(folder) ?? []) {
      const node = this.#made.get(folder.endsWith("/") ? folder + name : `${folder}/${name}`);
      if (node !== undefined) entries.push({ name, kind: (await this.stat(node)).kind });
    }
    return entries;
  }

  /** What is known about something. */
  async stat(node: ScratchNode): Promise<FileStat> {
    if (node.kind === "memory") return (await this.#memory.stat(node.path)) as FileStat;
    const found = (await this.#lower.lstat(node.path)) ?? node.found;
    return this.#asHere(node, found);
  }

  /** Where the bytes of something are in memory; `undefined` for those that are below. */
  #pathInMemory(node: ScratchNode): string | undefined {
    return node.kind === "memory" ? node.path : this.#copies.get(node.identity);
  }

  /** What is known about an open file. */
  async statOpen(node: ScratchNode, handle: FileHandle): Promise<FileStat> {
    if (node.kind === "memory") return handle.stat();
    return this.#copies.has(node.identity) ? this.stat(node) : this.#asHere(node, await handle.stat());
  }

  async #asHere(node: LowerFile, stat: FileStat): Promise<FileStat> {
    const { identity } = node;
    const { mode, owner } = this.#access.get(identity) ?? {};
    const own = identity === stat.identity ? stat.links : 0;
    // Another file came to its place: that has an identity of its own.
    const isOther = stat.identity !== node.found.identity;
    if (isOther) return stat;
    const links = own + (this.#links.get(identity) ?? (own === 0 ? 1 : 0));
    const copy = this.#copies.get(identity);
    const { sizeBytes, modifiedMs } = (copy === undefined ? undefined : await this.#memory.stat(copy)) ?? stat;
    return {
      ...stat,
      sizeBytes,
      modifiedMs,
      identity,
      links,
      ...(mode !== undefined && { mode }),
      ...(owner !== undefined && { owner }),
    };
  }

  /** Opens something to read it. */
  open(node: ScratchNode): Promise<FileHandle> {
    const path = this.#pathInMemory(node);
    return path === undefined ? this.#lower.open(node.path, "read") : this.#memory.open(path, "read");
  }

  /** Opens a file to append to it; the bytes of one from below are in memory from then on. */
  async openToAppend(node: ScratchNode): Promise<FileHandle> {
    if (node.kind === "memory") return this.#memory.open(node.path, "append");
    return this.#memory.open(this.#copies.get(node.identity) ?? (await this.#copy(node)), "append");
  }

  async #copy({ path: below, identity }: LowerFile): Promise<string> {
    const bytes = await this.#lower.readFile(below);
    const path = this.#newPath();
    const handle = await this.#memory.open(path, "create");
    for (let at = 0; at < bytes.byteLength; ) at += await handle.write(bytes.subarray(at));
    await handle.close();
    this.#copies.set(identity, path);
    return path;
  }

  /** All bytes of a file. */
  readFile(node: ScratchNode): Promise<Uint8Array> {
    const path = this.#pathInMemory(node);
    return path === undefined ? this.#lower.readFile(node.path) : this.#memory.readFile(path);
  }

  /** Sets owner and mode of an open file, as they are seen here. */
  async setAccess(node: ScratchNode, handle: FileHandle, access: FileAccess): Promise<void> {
    if (node.kind === "memory") return handle.setAccess(access);
    this.#access.set(node.identity, { ...this.#access.get(node.identity), ...access });
  }

  /** Sets the mode of something, as it is seen here. */
  async setMode(node: ScratchNode, mode: number): Promise<void> {
    if (node.kind === "memory") return this.#memory.setMode(node.path, mode);
    this.#access.set(node.identity, { ...this.#access.get(node.identity), mode });
  }

  #newPath(): string {
    this.#count += 1;
    return `/${this.#count}`;
  }

  #countLink({ identity }: LowerFile, more: number): void {
    this.#links.set(identity, (this.#links.get(identity) ?? 0) + more);
  }

  #attach(key: string, node: ScratchNode): void {
    this.#made.set(key, node);
    const folder = parentPath(key);
    this.#names.set(folder, (this.#names.get(folder) ?? new Set()).add(baseName(key)));
  }

  #detach(key: string, node: ScratchNode): void {
    this.#made.delete(key);
    this.#names.get(parentPath(key))?.delete(baseName(key));
    if (node.kind === "lower" && node.path === key) this.#gone.add(key);
  }
}

/** An open file of which nothing below is written. */
export class ScratchHandle implements FileHandle {
  readonly #handle: FileHandle;
  readonly #nodes: ScratchNodes;
  readonly #node: ScratchNode;
  readonly #isInMemory: boolean;

  /** Reads by `handle`, which writes as well if it is one of memory. */
  constructor(
    handle: FileHandle,
    about: { readonly nodes: ScratchNodes; readonly node: ScratchNode; readonly isInMemory: boolean },
  ) {
    this.#handle = handle;
    this.#nodes = about.nodes;
    this.#node = about.node;
    this.#isInMemory = about.isInMemory;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#handle.read(target, position);
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#isInMemory) throw posixError("EBADF", "write", this.#node.path);
    return this.#handle.write(bytes);
  }

  stat(): Promise<FileStat> {
    return this.#nodes.statOpen(this.#node, this.#handle);
  }

  async sync(): Promise<void> {
    await this.#handle.stat();
  }

  setAccess(access: FileAccess): Promise<void> {
    return this.#nodes.setAccess(this.#node, this.#handle, access);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
