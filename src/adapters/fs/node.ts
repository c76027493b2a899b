import type { BigIntStats, Dirent } from "node:fs";
import { closeSync, constants, fsync, openSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { promisify } from "node:util";
import { hasCode } from "../../core/messages/file-error.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileKind,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../ports/file-system.ts";

/** The files of the machine, through `node:fs`. Errors are those of the operating system. */
export function createNodeFileSystem(): FileSystem {
  return new NodeFileSystem();
}

const syncDescriptor = promisify(fsync);

/*
 * Windows has neither O_NONBLOCK nor O_DIRECTORY; there they are undefined, which `|` takes for 0. Without O_NONBLOCK
 * the opening of a pipe that nobody writes to never returns.
 */

const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY | constants.O_NONBLOCK,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_RDWR | constants.O_APPEND | constants.O_NONBLOCK,
};

class NodeFileSystem implements FileSystem {
  readonly #windows = process.platform === "win32";
  readonly capabilities: FileSystemCapabilities = {
    hardlink: true,
    clone: true,
    directorySync: !this.#windows,
  };

  async open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    return new NodeFileHandle(await nodeFs.open(path, OPEN_FLAGS[mode], createMode));
  }

  async readFile(path: string): Promise<Uint8Array> {
    const { buffer, byteOffset, byteLength } = await nodeFs.readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return findStat(nodeFs.stat(path, { bigint: true }));
  }

  async lstat(path: string): Promise<FileStat | undefined> {
    return findStat(nodeFs.lstat(path, { bigint: true }));
  }

  async *list(path: string): AsyncIterable<DirectoryEntry> {
    for await (const entry of await nodeFs.opendir(path)) yield { name: entry.name, kind: kindOf(entry) };
  }

  async makeDirectory(path: string): Promise<void> {
    await nodeFs.mkdir(path);
  }

  async removeDirectory(path: string): Promise<void> {
    await nodeFs.rmdir(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await nodeFs.rename(from, to);
  }

  async link(existing: string, path: string): Promise<void> {
    await nodeFs.link(existing, path);
  }

  async clone(existing: string, path: string): Promise<void> {
    await nodeFs.copyFile(existing, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  }

  async unlink(path: string): Promise<void> {
    await nodeFs.unlink(path);
  }

  async setMode(path: string, mode: number): Promise<void> {
    await nodeFs.chmod(path, mode);
  }

  async realPath(path: string): Promise<string> {
    const real = await nodeFs.realpath(path);
    return this.#windows ? real.replaceAll("\\", "/") : real;
  }

  async syncDirectory(path: string): Promise<void> {
    let descriptor: number | undefined;
    try {
      // Opening a folder in which a name was just made takes microseconds; a turn of the thread pool takes far longer.
      descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
      await syncDescriptor(descriptor);
    } catch (error) {
      if (!(this.#windows && hasCode(error, "EISDIR", "EPERM", "EINVAL"))) throw error;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

class NodeFileHandle implements FileHandle {
  readonly #handle: nodeFs.FileHandle;

  constructor(handle: nodeFs.FileHandle) {
    this.#handle = handle;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(target, 0, target.byteLength, position)).bytesRead;
  }

  async write(bytes: Uint8Array): Promise<number> {
    return (await this.#handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten;
  }

  async stat(): Promise<FileStat> {
    return asFileStat(await this.#handle.stat({ bigint: true }));
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function findStat(pending: Promise<BigIntStats>): Promise<FileStat | undefined> {
  try {
    return asFileStat(await pending);
  } catch (error) {
    // Below a file there is nothing either.
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function asFileStat(stat: BigIntStats): FileStat {
  return {
    kind: kindOf(stat),
    sizeBytes: Number(stat.size),
    modifiedMs: Number(stat.mtimeNs) / 1e6,
    // As bigint: inode numbers of 64 bits (ZFS, NTFS) do not fit a number, and two files would look like one.
    identity: `${stat.dev}:${stat.ino}`,
    links: Number(stat.nlink),
    mode: Number(stat.mode & 0o7777n),
  };
}

function kindOf(entry: BigIntStats | Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}
