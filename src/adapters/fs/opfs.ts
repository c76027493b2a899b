import { hasCode } from "../../core/messages/file-error.ts";
import { inPages } from "../../core/pages.ts";
import { baseName, isInsidePath, parentPath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../ports/file-system.ts";
import type { WebLocks } from "../web-locks.ts";
import { type OpfsEntry, OpfsFiles, placeOf, unnamed } from "./opfs/files.ts";
import { OpfsFileHandle } from "./opfs/handle.ts";
import { OpfsMutex, type OpfsSection, OWN_FOLDER, ownPath } from "./opfs/mutex.ts";
import { DEFAULT_MODE, lineOf, type NamedFile } from "./opfs/names.ts";
import { type OpfsDirectory, type OpfsFile, opfsError, whenClosed } from "./opfs/vendor.ts";
import { posixError } from "./posix-error.ts";

/** Options of {@link createOpfsFileSystem}. */
export interface OpfsFileSystemOptions {
  /** The folder that is "/", usually what `navigator.storage.getDirectory()` gives. */
  readonly directory: OpfsDirectory;
  /** `navigator.locks`. */
  readonly locks: WebLocks;
  /** Names the folder among all pages of the origin: what their locks begin with. */
  readonly scope: string;
  /** Gives the random keys of files and of the lists that pages keep of them. */
  readonly entropy: Entropy;
  /** How long the list of names gets before it is written anew, in bytes. @default 4 MiB */
  readonly compactBytes?: number | undefined;
}

/** A {@link FileSystem} that tells other pages when it has nothing open any more. */
export interface OpfsFileSystem extends FileSystem {
  /** Closing twice is safe. */
  close(): Promise<void>;
}

/**
 * The origin private file system of a browser, in a dedicated worker. Files have their names there, so that a page finds
 * them by `navigator.storage.getDirectory()`; it should leave them alone, though, and the folder
 * `.content-catalog-opfs` too. Several pages may use one folder at once: every call holds a mutex (a Web Lock), so that
 * looking and taking a name are one step, and what handles stand for is known to all of them.
 *
 * What is missing: hard links and clones; folders cannot be synced, so whether names survive a power failure is up to the
 * browser; mode bits are forgotten when the last page is gone, and enforce nothing; renaming a folder moves its files
 * one by one, which nobody sees, but the end of the browser can interrupt.
 */
export function createOpfsFileSystem(options: OpfsFileSystemOptions): OpfsFileSystem {
  return new OpfsFileSystemAdapter(options);
}

/**
 * A folder of `navigator.storage.getDirectory()`, if this thread can do with it what the adapter needs.
 * @throws {CatalogError} UNSUPPORTED outside dedicated workers, and in browsers that are too old
 */
export function toOpfsDirectory(directory: object): OpfsDirectory {
  if (isOpfsDirectory(directory)) return directory;
  throw new CatalogError("UNSUPPORTED", "Cannot open the origin private file system: files cannot be written here", {
    details: { what: "OPFS in this thread" },
    hint: "Open it in a dedicated worker, of a browser that has FileSystemFileHandle's createSyncAccessHandle and move.",
  });
}

function isOpfsDirectory(directory: object): directory is OpfsDirectory {
  const prototype: object = Reflect.get(globalThis, "FileSystemFileHandle")?.prototype ?? {};
  return "getFileHandle" in directory && "createSyncAccessHandle" in prototype && "move" in prototype;
}

const FOLDER_MODE = 0o755;

class OpfsFileSystemAdapter implements OpfsFileSystem {
  readonly capabilities: FileSystemCapabilities = {
    hardlink: false,
    clone: false,
    directorySync: false,
    access: false,
  };
  readonly #mutex: OpfsMutex;
  readonly #files: OpfsFiles;

  constructor(options: OpfsFileSystemOptions) {
    this.#files = new OpfsFiles(options);
    this.#mutex = new OpfsMutex(options);
    this.#mutex.recover = (section) => this.#files.recover(section);
  }

  open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    return this.#at(path, "open", async (section, at) => {
      const entry = await this.#files.find(section, at);
      if (mode === "create" && entry !== undefined) throw posixError("EEXIST", "open", path);
      if (mode !== "create" && entry === undefined) throw posixError("ENOENT", "open", path);
      if (entry?.kind === "directory") throw posixError("EISDIR", "open", path);
      const file = entry ? this.#files.name(section, at) : await this.#files.create(section, at, createMode & ~0o022);
      await this.#files.hold(file);
      const [mutex, files] = [this.#mutex, this.#files];
      return new OpfsFileHandle({ mutex, files, file, mode, path, stat: (...given) => this.#statOpen(...given) });
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#at(path, "open", async (section, at) => {
      if ((await this.#files.get(section, at, "open")).kind === "directory") throw posixError("EISDIR", "read", path);
      const access = await section.access(at);
      const bytes = new Uint8Array(access.getSize());
      for (let position = 0; position < bytes.byteLength; ) {
        const count = access.read(bytes.subarray(position), { at: position });
        if (count === 0) throw posixError("ESTALE", "read", path);
        position += count;
      }
      return bytes;
    });
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      return await this.#at(path, "stat", async (section, at) => {
        const entry = await this.#files.find(section, at);
        return entry && this.#statOf(section, at, entry);
      });
    } catch (error) {
      // Below a file there is nothing either.
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return this.stat(path);
  }

  async *list(path: string): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    const entries = await this.#at(path, "opendir", async (section, at) => {
      const entry = await this.#files.get(section, at, "opendir");
      if (entry.kind === "file") throw posixError("ENOTDIR", "opendir", path);
      return listEntries(entry.directory);
    });
    yield* inPages(entries.filter(({ name }) => `/${name}` !== OWN_FOLDER));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#at(path, "mkdir", async (section, at) => {
      if ((await this.#files.find(section, at)) !== undefined) throw posixError("EEXIST", "mkdir", path);
      await (await section.folder(parentPath(at))).getDirectoryHandle(baseName(at), { create: true });
    });
  }

  removeDirectory(path: string): Promise<void> {
    return this.#at(path, "rmdir", async (section, at) => {
      if (at === "/") throw posixError("EBUSY", "rmdir", path);
      if ((await this.#files.get(section, at, "rmdir")).kind === "file") throw posixError("ENOTDIR", "rmdir", path);
      await (await section.folder(parentPath(at))).removeEntry(baseName(at));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#at(from, "rename", async (section, source) => {
      const target = ownPath(to, "rename");
      if (source === "/" || target === "/") throw posixError("EBUSY", "rename", from);
      const entry = await this.#files.get(section, source, "rename");
      if (source === target) return;
      if (isInsidePath(source, target)) throw posixError("EINVAL", "rename", from);
      const replaced = await this.#files.find(section, target);
      if (entry.kind === "directory") {
        if (replaced?.kind === "file") throw posixError("ENOTDIR", "rename", to);
        await this.#moveFolder(section, source, target);
      } else {
        if (replaced?.kind === "directory") throw posixError("EISDIR", "rename", to);
        await this.#files.move(section, source, target);
      }
    });
  }

  link(existing: string, path: string): Promise<void> {
    return this.#refuse(existing, path, "link");
  }

  clone(existing: string, path: string): Promise<void> {
    return this.#refuse(existing, path, "copyfile");
  }

  unlink(path: string): Promise<void> {
    return this.#at(path, "unlink", async (section, at) => {
      if ((await this.#files.get(section, at, "unlink")).kind === "directory")
        throw posixError("EISDIR", "unlink", path);
      await this.#files.unlink(section, at);
    });
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#at(path, "chmod", async (section, at) => {
      if ((await this.#files.get(section, at, "chmod")).kind === "directory") return;
      section.names.note(lineOf({ ...this.#files.name(section, at), mode: mode & 0o7777 }, at));
    });
  }

  realPath(path: string): Promise<string> {
    return this.#at(path, "realpath", async (section, at) => {
      await this.#files.get(section, at, "realpath");
      return at;
    });
  }

  async syncDirectory(_path: string): Promise<void> {}

  close(): Promise<void> {
    return this.#mutex.end();
  }

  /** Runs `work` under the mutex; what the browser throws gets its POSIX name. */
  async #at<Result>(
    path: string,
    operation: string,
    work: (section: OpfsSection, at: string) => Promise<Result>,
  ): Promise<Result> {
    const at = ownPath(path, operation);
    try {
      return await this.#mutex.run((section) => work(section, at));
    } catch (error) {
      throw opfsError(error, operation, path);
    }
  }

  #refuse(existing: string, path: string, operation: string): Promise<void> {
    return this.#at(existing, operation, async (section, at) => {
      await this.#files.get(section, at, operation);
      throw posixError("ENOTSUP", operation, path);
    });
  }

  /** The browser cannot move a folder: its files are moved, one by one. */
  async #moveFolder(section: OpfsSection, from: string, to: string): Promise<void> {
    const parent = await section.folder(parentPath(to));
    const target = await parent.getDirectoryHandle(baseName(to), { create: true });
    if ((await listEntries(target)).length > 0) throw posixError("ENOTEMPTY", "rename", to);
    for (const { name, kind } of await listEntries(await section.folder(from))) {
      if (kind === "directory") await this.#moveFolder(section, `${from}/${name}`, `${to}/${name}`);
      else await this.#files.move(section, `${from}/${name}`, `${to}/${name}`);
    }
    await (await section.folder(parentPath(from))).removeEntry(baseName(from));
  }

  async #statOf(section: OpfsSection, path: string, entry: OpfsEntry): Promise<FileStat> {
    if (entry.kind === "file") return statFile(section, { path, file: entry.file, named: section.names.find(path) });
    return { kind: "directory", sizeBytes: 0, modifiedMs: 0, identity: unnamed(path), links: 1, mode: FOLDER_MODE };
  }

  async #statOpen(section: OpfsSection, named: NamedFile): Promise<FileStat> {
    const path = placeOf(named);
    const folder = await section.folder(parentPath(path));
    return statFile(section, { path, file: await folder.getFileHandle(baseName(path)), named });
  }
}

async function listEntries(directory: OpfsDirectory): Promise<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const [name, { kind }] of directory.entries()) entries.push({ name, kind });
  return entries;
}

async function statFile(
  section: OpfsSection,
  { path, file, named }: { readonly path: string; readonly file: OpfsFile; readonly named: NamedFile | undefined },
): Promise<FileStat> {
  section.release(path);
  const { size, lastModified } = await whenClosed(() => file.getFile());
  const { identity = unnamed(path), mode = DEFAULT_MODE } = named ?? {};
  const links = named === undefined || named.path !== undefined ? 1 : 0;
  return { kind: "file", sizeBytes: size, modifiedMs: lastModified, identity, links, mode };
}
