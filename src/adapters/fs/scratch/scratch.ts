import { hasCode } from "../../../core/messages/file-error.ts";
import { inPages } from "../../../core/pages.ts";
import { baseName, isInsidePath, normalizePath, parentPath } from "../../../core/path.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../../ports/file-system.ts";
import { createMemoryFileSystem } from "../memory.ts";
import { posixError } from "../posix-error.ts";
import { type LowerFile, ScratchHandle, type ScratchNode, ScratchNodes } from "./_scratch-nodes.ts";

/** Options of {@link createScratchFileSystem}. */
export interface ScratchOptions {
  /** What is there and is not to be seen, as the locks of others. @default nothing */
  readonly isHidden?: ((path: string) => boolean) | undefined;
  /** Files whose bytes cannot be shared. @default none */
  readonly cannotShare?: ((path: string) => boolean) | undefined;
}

/**
 * A file system that begins as another one is and writes nothing there: what is made, changed, renamed or removed is so
 * in memory, and for who uses this one. Bytes of files that are linked, cloned or renamed stay where they are.
 */
export function createScratchFileSystem(lower: FileSystem, options: ScratchOptions = {}): FileSystem {
  return new ScratchFileSystem(lower, options);
}

function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

class ScratchFileSystem implements FileSystem {
  readonly capabilities: FileSystemCapabilities;
  readonly freeBytes: FileSystem["freeBytes"];
  readonly #lower: FileSystem;
  readonly #options: ScratchOptions;
  readonly #nodes: ScratchNodes;
  /** Real folders of the lower one by their text. */
  readonly #folders = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(lower: FileSystem, options: ScratchOptions) {
    this.#lower = lower;
    this.#options = options;
    this.#nodes = new ScratchNodes(lower, createMemoryFileSystem({ name: "scratch" }));
    this.capabilities = { ...lower.capabilities, hardlink: true, clone: true };
    this.freeBytes = lower.freeBytes && ((path) => this.#freeBytes(path));
  }

  open(path: string, mode: OpenMode, createMode?: number): Promise<FileHandle> {
    return this.#alone(() => this.#open(path, mode, createMode));
  }

  async #open(path: string, mode: OpenMode, createMode?: number): Promise<FileHandle> {
    const key = await this.#keyOf(path);
    if (mode === "create") {
      if ((await this.#look(key)) !== undefined) throw posixError("EEXIST", "open", path);
      return this.#nodes.createFile(key, createMode);
    }
    const node = await this.#follow(key, "open");
    const nodes = this.#nodes;
    if (mode === "append" && (await nodes.stat(node)).kind === "directory") throw posixError("EISDIR", "open", path);
    const handle = mode === "append" ? await nodes.openToAppend(node) : await nodes.open(node);
    return new ScratchHandle(handle, { nodes, node, isInMemory: mode === "append" });
  }

  async readFile(path: string): Promise<Uint8Array> {
    return this.#nodes.readFile(await this.#follow(await this.#keyOf(path), "open"));
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      return await this.#nodes.stat(await this.#follow(await this.#keyOf(path), "stat"));
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  async lstat(path: string): Promise<FileStat | undefined> {
    try {
      const node = await this.#look(await this.#keyOf(path));
      return node && (await this.#nodes.stat(node));
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  async *list(path: string): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    const folder = await this.#realKey(await this.#keyOf(path));
    const node = await this.#follow(folder, "opendir");
    if (node.kind === "lower") {
      for await (const page of this.#lower.list(node.path)) {
        const isThere = ({ name }: DirectoryEntry): boolean => {
          const key = join(folder, name);
          return this.#nodes.get(key) === undefined && this.#isVisible(key);
        };
        const seen = page.filter(isThere);
        if (seen.length > 0) yield seen;
      }
    }
    if (node.kind === "memory" && !node.isFolder) throw posixError("ENOTDIR", "opendir", path);
    yield* inPages(await this.#nodes.listNew(folder));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#alone(() => this.#makeDirectory(path));
  }

  async #makeDirectory(path: string): Promise<void> {
    const key = await this.#keyOf(path);
    if ((await this.#look(key)) !== undefined) throw posixError("EEXIST", "mkdir", path);
    await this.#nodes.createFolder(key);
  }

  removeDirectory(path: string): Promise<void> {
    return this.#alone(() => this.#removeDirectory(path));
  }

  async #removeDirectory(path: string): Promise<void> {
    const key = await this.#keyOf(path);
    const node = await this.#get(key, "rmdir");
    if ((await this.#nodes.stat(node)).kind !== "directory") throw posixError("ENOTDIR", "rmdir", path);
    for await (const page of this.list(key)) if (page.length > 0) throw posixError("ENOTEMPTY", "rmdir", path);
    this.#folders.clear();
    await this.#nodes.remove(key, node);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#alone(() => this.#rename(from, to));
  }

  async #rename(from: string, to: string): Promise<void> {
    const [source, target] = [await this.#keyOf(from), await this.#keyOf(to)];
    const node = await this.#get(source, "rename");
    const replaced = await this.#look(target);
    const { kind, identity } = await this.#nodes.stat(node);
    const there = replaced && (await this.#nodes.stat(replaced));
    // POSIX: two names of one file both stay.
    if (there?.identity === identity) return;
    if (isInsidePath(source, target)) throw posixError("EINVAL", "rename", from);
    if (isInsidePath(target, source)) throw posixError("ENOTEMPTY", "rename", to);
    if (kind !== "directory" && there?.kind === "directory") throw posixError("EISDIR", "rename", to);
    // What is in a folder below would have to come along.
    if (kind === "directory" && node.kind === "lower") throw posixError("EXDEV", "rename", from);
    if (kind === "directory" && there !== undefined) await this.#removeDirectory(target);
    else if (replaced !== undefined) await this.#nodes.remove(target, replaced);
    this.#folders.clear();
    this.#nodes.move(source, target, node);
  }

  link(existing: string, path: string): Promise<void> {
    return this.#alone(() => this.#link(existing, path));
  }

  async #link(existing: string, path: string): Promise<void> {
    const node = await this.#get(await this.#keyOf(existing), "link");
    const target = await this.#keyOf(path);
    if ((await this.#look(target)) !== undefined) throw posixError("EEXIST", "link", path);
    if ((await this.#nodes.stat(node)).kind === "directory") throw posixError("EPERM", "link", existing);
    await this.#nodes.link(node, target);
  }

  clone(existing: string, path: string): Promise<void> {
    return this.#alone(() => this.#clone(existing, path));
  }

  async #clone(existing: string, path: string): Promise<void> {
    const source = await this.#keyOf(existing);
    const node = await this.#follow(source, "copyfile");
    const { kind } = await this.#nodes.stat(node);
    const cannot = kind !== "file" || node.kind !== "lower" || this.#options.cannotShare?.(source) === true;
    if (cannot) throw posixError("ENOTSUP", "copyfile", existing);
    const target = await this.#keyOf(path);
    if ((await this.#look(target)) !== undefined) throw posixError("EEXIST", "copyfile", path);
    this.#nodes.clone(node, target);
  }

  unlink(path: string): Promise<void> {
    return this.#alone(() => this.#unlink(path));
  }

  async #unlink(path: string): Promise<void> {
    const key = await this.#keyOf(path);
    const node = await this.#get(key, "unlink");
    if ((await this.#nodes.stat(node)).kind === "directory") throw posixError("EISDIR", "unlink", path);
    await this.#nodes.remove(key, node);
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#alone(() => this.#setMode(path, mode));
  }

  async #setMode(path: string, mode: number): Promise<void> {
    await this.#nodes.setMode(await this.#follow(await this.#keyOf(path), "chmod"), mode);
  }

  async realPath(path: string): Promise<string> {
    const key = await this.#realKey(await this.#keyOf(path));
    await this.#get(key, "realpath");
    return key;
  }

  async syncDirectory(path: string): Promise<void> {
    const node = await this.#follow(await this.#keyOf(path), "fsync");
    if ((await this.#nodes.stat(node)).kind !== "directory") throw posixError("ENOTDIR", "fsync", path);
  }

  async #freeBytes(path: string): Promise<number> {
    await this.#follow(await this.#keyOf(path), "statfs");
    let device = normalizePath(path);
    while ((await this.#lower.stat(device)) === undefined) device = parentPath(device);
    return this.#lower.freeBytes?.(device) ?? Number.MAX_SAFE_INTEGER;
  }

  /** One after the other, as each looks before it does anything. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** The one text for a path: its folder is real. @throws `ENOENT` when that is missing */
  async #keyOf(path: string): Promise<string> {
    const text = normalizePath(path);
    const parent = parentPath(text);
    return parent === text ? text : join(await this.#findFolder(parent), baseName(text));
  }

  async #findFolder(folder: string): Promise<string> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const key = await this.#realKey(await this.#keyOf(folder));
    const node = await this.#get(key, "look");
    const isFolder = node.kind === "memory" ? node.isFolder : node.found.kind === "directory";
    if (!isFolder) throw posixError("ENOTDIR", "look", folder);
    this.#folders.set(folder, key);
    return key;
  }

  /** Where a symlink leads; what is none stays. */
  async #realKey(key: string): Promise<string> {
    const node = await this.#look(key);
    if (node?.kind !== "lower" || node.found.kind !== "symlink") return key;
    return this.#lower.realPath(node.path);
  }

  async #follow(key: string, operation: string): Promise<ScratchNode> {
    return this.#get(await this.#realKey(key), operation);
  }

  async #get(key: string, operation: string): Promise<ScratchNode> {
    const node = await this.#look(key);
    if (node === undefined) throw posixError("ENOENT", operation, key);
    return node;
  }

  async #look(key: string): Promise<ScratchNode | undefined> {
    const made = this.#nodes.get(key);
    if (made !== undefined) return made;
    if (!this.#isVisible(key)) return undefined;
    const found = await this.#lower.lstat(key);
    return found && ({ kind: "lower", path: key, found, identity: found.identity } satisfies LowerFile);
  }

  #isVisible(key: string): boolean {
    return this.#options.isHidden?.(key) !== true && !this.#nodes.isGone(key);
  }
}
