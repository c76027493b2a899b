import type { BigIntStats } from "node:fs";
import * as nodeFs from "node:fs";
import { promisify } from "node:util";
import { hasCode } from "../../core/messages/file-error.ts";
import { inPages } from "../../core/pages.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  ListDirectoryOptions,
  OpenMode,
} from "../../ports/file-system.ts";
import { markUnnameable } from "./_nameable.ts";
import { PromptCalls, type PromptCallsOptions } from "./_prompt-calls.ts";
import { mayShareBlocksOn } from "./device/shared-blocks.ts";
import { NodeFileHandle } from "./node-file-handle.ts";
import { asFileStat, kindOf } from "./node-file-stat.ts";

/**
 * The files of the machine, through `node:fs`. Errors are those of the operating system. Calls on names, and
 * those that read a few bytes or write the first of a file, are made at once as long as they are prompt; reading and
 * writing more, and syncing, never hold up the program.
 */
export function createNodeFileSystem(options: PromptCallsOptions = {}): FileSystem {
  return new NodeFileSystem(options);
}

const pooled = { ...nodeFs.promises, open: promisify(nodeFs.open), sync: promisify(nodeFs.fsync) };

/*
 * Windows has neither O_NONBLOCK nor O_DIRECTORY; there they are undefined, which `|` takes for 0. Without O_NONBLOCK
 * the opening of a pipe that nobody writes to never returns.
 */

const { constants } = nodeFs;

const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY | constants.O_NONBLOCK,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_RDWR | constants.O_APPEND | constants.O_NONBLOCK,
};

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
const CLONE = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;
const WITH_KINDS = { withFileTypes: true } as const;
const OF_A_NAME = { bigint: true, throwIfNoEntry: false } as const;

/** So many files are looked at together: few enough that one call on names more or less does not show. */
const STATS_AT_ONCE = 64;

class NodeFileSystem implements FileSystem {
  readonly #windows = process.platform === "win32";
  readonly #calls: PromptCalls;
  readonly capabilities: FileSystemCapabilities = {
    hardlink: true,
    clone: true,
    directorySync: !this.#windows,
    access: !this.#windows,
  };

  constructor(options: PromptCallsOptions) {
    this.#calls = new PromptCalls(options);
  }

  /** Seldom enough to go to the thread pool: a device that sleeps may take seconds. */
  async freeBytes(path: string): Promise<number> {
    const { bavail, bsize } = await pooled.statfs(path, { bigint: true });
    return Number(bavail * bsize);
  }

  async mayShareBlocks(path: string): Promise<boolean> {
    return mayShareBlocksOn(await pooled.statfs(path, { bigint: true }), process.platform);
  }

  async open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    return new NodeFileHandle(await this.#open(path, OPEN_FLAGS[mode], createMode), this.#calls);
  }

  #open(path: string, flags: number, createMode?: number): Promise<number> {
    return this.#calls.do(
      () => nodeFs.openSync(path, flags, createMode),
      () => pooled.open(path, flags, createMode),
    );
  }

  async readFile(path: string): Promise<Uint8Array> {
    const { buffer, byteOffset, byteLength } = await pooled.readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  stat(path: string): Promise<FileStat | undefined> {
    return findStat(() =>
      this.#calls.do(
        () => nodeFs.statSync(path, { bigint: true, throwIfNoEntry: false }),
        () => pooled.stat(path, { bigint: true }),
      ),
    );
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return findStat(() =>
      this.#calls.do(
        () => nodeFs.lstatSync(path, { bigint: true, throwIfNoEntry: false }),
        () => pooled.lstat(path, { bigint: true }),
      ),
    );
  }

  async *list(
    path: string,
    { stat = false }: ListDirectoryOptions = {},
  ): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    const found = await this.#calls.do(
      () => nodeFs.readdirSync(path, WITH_KINDS),
      () => pooled.readdir(path, WITH_KINDS),
    );
    const entries = found.map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) }));
    const pages = inPages(await markUnnameable(entries, { lstat: (name) => this.lstat(`${path}/${name}`) }));
    for (const page of pages) yield stat ? await this.#withStats(path, page) : page;
  }

  /** Looks at some files in one go; where that takes long, whoever wants to know has to ask for each. */
  async #withStats(path: string, page: readonly DirectoryEntry[]): Promise<readonly DirectoryEntry[]> {
    const entries: DirectoryEntry[] = [];
    for (let at = 0; at < page.length; at += STATS_AT_ONCE) {
      const some = page.slice(at, at + STATS_AT_ONCE);
      const lookAtOnce = (): readonly DirectoryEntry[] => some.map((entry) => lookAt(path, entry));
      entries.push(...(await this.#calls.do(lookAtOnce, async () => some)));
    }
    return entries;
  }

  makeDirectory(path: string): Promise<void> {
    return this.#calls.do(
      () => nodeFs.mkdirSync(path),
      () => pooled.mkdir(path),
    );
  }

  removeDirectory(path: string): Promise<void> {
    return this.#calls.do(
      () => nodeFs.rmdirSync(path),
      () => pooled.rmdir(path),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#calls.do(
      () => nodeFs.renameSync(from, to),
      () => pooled.rename(from, to),
    );
  }

  link(existing: string, path: string): Promise<void> {
    return this.#calls.do(
      () => nodeFs.linkSync(existing, path),
      () => pooled.link(existing, path),
    );
  }

  async clone(existing: string, path: string): Promise<void> {
    await pooled.copyFile(existing, path, CLONE);
  }

  unlink(path: string): Promise<void> {
    return this.#calls.do(
      () => nodeFs.unlinkSync(path),
      () => pooled.unlink(path),
    );
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#calls.do(
      () => nodeFs.chmodSync(path, mode),
      () => pooled.chmod(path, mode),
    );
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return pooled.utimes(path, modifiedMs / 1000, modifiedMs / 1000);
  }

  async realPath(path: string): Promise<string> {
    const real = await this.#calls.do(
      () => nodeFs.realpathSync.native(path),
      () => pooled.realpath(path),
    );
    return this.#windows ? real.replaceAll("\\", "/") : real;
  }

  async syncDirectory(path: string): Promise<void> {
    let descriptor: number | undefined;
    try {
      descriptor = await this.#open(path, OPEN_DIRECTORY);
      await pooled.sync(descriptor);
    } catch (error) {
      if (!(this.#windows && hasCode(error, "EISDIR", "EPERM", "EINVAL"))) throw error;
    } finally {
      if (descriptor !== undefined) nodeFs.closeSync(descriptor);
    }
  }
}

function lookAt(folder: string, entry: DirectoryEntry): DirectoryEntry {
  const { name, kind } = entry;
  if (kind !== "file" || entry.unnameable === true) return entry;
  const stat = nodeFs.lstatSync(`${folder}/${name}`, OF_A_NAME);
  return { name, kind, stat: stat && asFileStat(stat) };
}

async function findStat(find: () => Promise<BigIntStats | undefined>): Promise<FileStat | undefined> {
  try {
    const stat = await find();
    return stat && asFileStat(stat);
  } catch (error) {
    // Below a file there is nothing either.
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
