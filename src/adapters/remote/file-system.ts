import type {
  DirectoryEntry,
  FileAccess,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  ListDirectoryOptions,
  OpenMode,
} from "../../ports/file-system.ts";
import type { RemoteCaller, RemoteObject, ServedCall } from "./channel.ts";

/** The methods of a file system, as they travel. */
export interface FileSystemService {
  /** Opens a file; gives the number of its handle, for {@link RemoteCaller.object}. */
  open(
    values: readonly [path: string, mode: OpenMode, createMode: number | undefined],
    call: ServedCall,
  ): Promise<number>;
  /** All bytes of a file; their memory is handed over. */
  readFile(values: readonly [path: string], call: ServedCall): Promise<Uint8Array>;
  /** As the port: `undefined` where nothing is. */
  stat(values: readonly [path: string]): Promise<FileStat | undefined>;
  /** As the port: of a symlink itself. */
  lstat(values: readonly [path: string]): Promise<FileStat | undefined>;
  /** As the port, but for all pages at once, and with what is known of each file if that is asked for. */
  list(
    values: readonly [path: string, options: ListDirectoryOptions | undefined],
  ): Promise<readonly (readonly DirectoryEntry[])[]>;
  /** As the port: the folder above must be there. */
  makeDirectory(values: readonly [path: string]): Promise<void>;
  /** As the port: only an empty folder. */
  removeDirectory(values: readonly [path: string]): Promise<void>;
  /** As the port: what had the new name is replaced. */
  rename(values: readonly [from: string, to: string]): Promise<void>;
  /** As the port: never replaces what has the name. */
  link(values: readonly [existing: string, path: string]): Promise<void>;
  /** As the port: never replaces what has the name. */
  clone(values: readonly [existing: string, path: string]): Promise<void>;
  /** As the port: takes a name away, not the file that others have open. */
  unlink(values: readonly [path: string]): Promise<void>;
  /** As the port: permission bits. */
  setMode(values: readonly [path: string, mode: number]): Promise<void>;
  /** As the port: without symlinks. */
  realPath(values: readonly [path: string]): Promise<string>;
  /** As the port: the names in the folder are durable then. */
  syncDirectory(values: readonly [path: string]): Promise<void>;
}

/** The methods of an open file, as they travel. */
interface HandleService {
  read(values: readonly [sizeBytes: number, position: number], call: ServedCall): Promise<Uint8Array>;
  write(values: readonly [bytes: Uint8Array]): Promise<number>;
  stat(): Promise<FileStat>;
  sync(): Promise<void>;
  setAccess(values: readonly [access: FileAccess]): Promise<void>;
  close(): Promise<void>;
}

/** As much as one call reads, in bytes. */
const MAX_READ_BYTES = 1024 * 1024;

/** A file system for {@link connectFileSystem} on the other side. */
export function serveFileSystem(fs: FileSystem): FileSystemService {
  return {
    open: async ([path, mode, createMode], call) => call.expose(serveHandle(await fs.open(path, mode, createMode))),
    readFile: async ([path], call) => call.giveAway(alone(await fs.readFile(path))),
    stat: ([path]) => fs.stat(path),
    lstat: ([path]) => fs.lstat(path),
    list: async ([path, options]) => {
      const pages: (readonly DirectoryEntry[])[] = [];
      for await (const page of fs.list(path, options)) {
        // A call from the other side for each would take many times as long.
        const look = (entry: DirectoryEntry): Promise<DirectoryEntry> => withStat(fs, path, entry);
        pages.push(options?.stat === true ? await Promise.all(page.map(look)) : page);
      }
      return pages;
    },
    makeDirectory: ([path]) => fs.makeDirectory(path),
    removeDirectory: ([path]) => fs.removeDirectory(path),
    rename: ([from, to]) => fs.rename(from, to),
    link: ([existing, path]) => fs.link(existing, path),
    clone: ([existing, path]) => fs.clone(existing, path),
    unlink: ([path]) => fs.unlink(path),
    setMode: ([path, mode]) => fs.setMode(path, mode),
    realPath: ([path]) => fs.realPath(path),
    syncDirectory: ([path]) => fs.syncDirectory(path),
  };
}

async function withStat(fs: FileSystem, folder: string, entry: DirectoryEntry): Promise<DirectoryEntry> {
  if (entry.kind !== "file" || entry.stat !== undefined || entry.unnameable === true) return entry;
  return { ...entry, stat: await fs.lstat(`${folder}/${entry.name}`) };
}

function serveHandle(handle: FileHandle): HandleService {
  return {
    read: async ([sizeBytes, position], call) => {
      const target = new Uint8Array(Math.min(sizeBytes, MAX_READ_BYTES));
      const count = await handle.read(target, position);
      return call.giveAway(target).subarray(0, count);
    },
    write: ([bytes]) => handle.write(bytes),
    stat: () => handle.stat(),
    sync: () => handle.sync(),
    setAccess: ([access]) => handle.setAccess(access),
    close: () => handle.close(),
  };
}

/** Bytes whose memory holds nothing else, so that it can be handed over. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : Uint8Array.from(bytes);
}

/** The file system that is served at the other end. */
export function connectFileSystem(
  caller: RemoteCaller,
  { target, capabilities }: { readonly target: number; readonly capabilities: FileSystemCapabilities },
): FileSystem {
  const remote = caller.object<FileSystemService>(target);
  return {
    capabilities,
    open: async (path, mode, createMode) => {
      const handle = await remote.call("open", [path, mode, createMode]);
      return new RemoteFileHandle(caller.object<HandleService>(handle));
    },
    readFile: (path) => remote.call("readFile", [path]),
    stat: (path) => remote.call("stat", [path]),
    lstat: (path) => remote.call("lstat", [path]),
    list: async function* (path, options) {
      yield* await remote.call("list", [path, options]);
    },
    makeDirectory: (path) => remote.call("makeDirectory", [path]),
    removeDirectory: (path) => remote.call("removeDirectory", [path]),
    rename: (from, to) => remote.call("rename", [from, to]),
    link: (existing, path) => remote.call("link", [existing, path]),
    clone: (existing, path) => remote.call("clone", [existing, path]),
    unlink: (path) => remote.call("unlink", [path]),
    setMode: (path, mode) => remote.call("setMode", [path, mode]),
    realPath: (path) => remote.call("realPath", [path]),
    syncDirectory: (path) => remote.call("syncDirectory", [path]),
  };
}

class RemoteFileHandle implements FileHandle {
  readonly #remote: RemoteObject<HandleService>;
  #closing: Promise<void> | undefined;

  constructor(remote: RemoteObject<HandleService>) {
    this.#remote = remote;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#mustBeOpen("read");
    const bytes = await this.#remote.call("read", [target.byteLength, position]);
    target.set(bytes);
    return bytes.byteLength;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#mustBeOpen("write");
    // The caller may use its buffer again as soon as this has resolved, and a clone would take all of its memory along.
    const copy = Uint8Array.from(bytes);
    return this.#remote.call("write", [copy], { transfer: [copy.buffer] });
  }

  async stat(): Promise<FileStat> {
    this.#mustBeOpen("fstat");
    return this.#remote.call("stat", []);
  }

  async sync(): Promise<void> {
    this.#mustBeOpen("fsync");
    await this.#remote.call("sync", []);
  }

  async setAccess(access: FileAccess): Promise<void> {
    this.#mustBeOpen("fchown");
    await this.#remote.call("setAccess", [access]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#remote.call("close", []).finally(() => this.#remote.forget());
    return this.#closing;
  }

  #mustBeOpen(operation: string): void {
    if (this.#closing === undefined) return;
    throw Object.assign(new Error(`EBADF: bad file descriptor, ${operation}`), { code: "EBADF" });
  }
}
