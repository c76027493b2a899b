import { statfs } from "node:fs/promises";
import { quote } from "../../core/messages/quote.ts";
import { inPages } from "../../core/pages.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileStat,
  FileSystem,
  FileSystemCapabilities,
  OpenMode,
} from "../../ports/file-system.ts";
import { markUnnameable } from "./_nameable.ts";
import { PromptCalls, type PromptCallsOptions } from "./_prompt-calls.ts";
import { denoFileError, posixError } from "./deno/file-error.ts";
import { asFileStat, type DenoEntry, type DenoFileInfo, kindOf } from "./deno/file-stat.ts";
import { mayShareBlocksOn } from "./device/shared-blocks.ts";

/** What this adapter uses of Deno, so that nobody needs Deno's types to compile it. */
interface DenoFiles {
  readonly build: { readonly os: string };
  readonly SeekMode: { readonly Start: 0 };
  readonly permissions: {
    querySync(descriptor: { readonly name: "sys"; readonly kind: "statfs" }): { readonly state: string };
  };
  open(path: string, options: DenoOpenOptions): Promise<DenoFile>;
  readFile(path: string): Promise<Uint8Array>;
  stat(path: string): Promise<DenoFileInfo>;
  lstat(path: string): Promise<DenoFileInfo>;
  readDir(path: string): AsyncIterable<DenoNamed>;
  readDirSync(path: string): Iterable<DenoNamed>;
  mkdir(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  utime(path: string, atime: number, mtime: number): Promise<void>;
  realPath(path: string): Promise<string>;
}

interface DenoOpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
  readonly createNew?: boolean;
  readonly mode?: number;
}

interface DenoFile {
  read(target: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  seekSync(offset: number, whence: 0): number;
  stat(): Promise<DenoFileInfo>;
  sync(): Promise<void>;
  close(): void;
}

interface DenoNamed extends DenoEntry {
  readonly name: string;
}

declare const Deno: DenoFiles;

/**
 * The files of the machine, through Deno's own API. Needs `--allow-read` and `--allow-write` of what it works with;
 * where they are missing the error has the code `ENOTCAPABLE` and names the flag. Free room, and whether files may
 * share blocks, is told with `--allow-sys=statfs`. Folders are listed at once as long as that is prompt.
 */
export function createDenoFileSystem(options: PromptCallsOptions = {}): FileSystem {
  return new DenoFileSystem(options);
}

const OPEN_OPTIONS: Readonly<Record<OpenMode, DenoOpenOptions>> = {
  read: { read: true },
  create: { read: true, write: true, createNew: true },
  append: { read: true, append: true },
};

class DenoFileSystem implements FileSystem {
  readonly #windows = Deno.build.os === "windows";
  readonly capabilities: FileSystemCapabilities = {
    hardlink: true,
    // Deno copies where it cannot share, and does not tell which of the two it did.
    clone: false,
    directorySync: !this.#windows,
    // Deno changes owner and mode of a name only, and that may stand for another file by then.
    access: false,
  };
  readonly freeBytes: FileSystem["freeBytes"];
  readonly #calls: PromptCalls;
  readonly #asksDevice: boolean;

  constructor(options: PromptCallsOptions) {
    this.#calls = new PromptCalls(options);
    // What is not permitted is not known, and never asked for at a terminal.
    const isTold = Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state === "granted";
    this.freeBytes = isTold ? findFreeBytes : undefined;
    this.#asksDevice = isTold;
  }

  /** Others may clone what Deno does not, and where it may not ask anything can be. */
  mayShareBlocks(path: string): Promise<boolean> {
    return asking(async () => {
      if (this.#asksDevice) return mayShareBlocksOn(await statfs(path, { bigint: true }), Deno.build.os);
      await Deno.stat(path);
      return true;
    });
  }

  async open(path: string, mode: OpenMode, createMode = 0o666): Promise<FileHandle> {
    const options = mode === "create" ? { ...OPEN_OPTIONS[mode], mode: createMode } : OPEN_OPTIONS[mode];
    return asking(async () => {
      // There is no O_NONBLOCK here, without which the opening of a pipe that nobody writes to never returns.
      if (mode !== "create" && (await Deno.stat(path)).isFifo) throw posixError("ENXIO", `${quote(path)} is a pipe`);
      return new DenoFileHandle(await Deno.open(path, options), mode);
    });
  }

  readFile(path: string): Promise<Uint8Array> {
    return asking(() => Deno.readFile(path));
  }

  stat(path: string): Promise<FileStat | undefined> {
    return findStat(() => Deno.stat(path));
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return findStat(() => Deno.lstat(path));
  }

  async *list(path: string): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
    const found = await asking(() =>
      this.#calls.do(
        () => [...Deno.readDirSync(path)],
        () => collect(Deno.readDir(path)),
      ),
    );
    const entries = found.map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) }));
    yield* inPages(await markUnnameable(entries, { lstat: (name) => this.lstat(`${path}/${name}`) }));
  }

  makeDirectory(path: string): Promise<void> {
    return asking(() => Deno.mkdir(path));
  }

  removeDirectory(path: string): Promise<void> {
    return asking(async () => {
      // Deno.remove takes files and empty folders alike.
      if (!(await Deno.lstat(path)).isDirectory) throw posixError("ENOTDIR", `${quote(path)} is no folder`);
      await Deno.remove(path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return asking(() => Deno.rename(from, to));
  }

  link(existing: string, path: string): Promise<void> {
    return asking(() => Deno.link(existing, path));
  }

  async clone(existing: string, path: string): Promise<void> {
    await asking(() => Deno.lstat(existing));
    throw posixError("ENOTSUP", `${quote(path)} cannot share the bytes of another file`);
  }

  unlink(path: string): Promise<void> {
    return asking(async () => {
      if ((await Deno.lstat(path)).isDirectory) throw posixError("EISDIR", `${quote(path)} is a folder`);
      await Deno.remove(path);
    });
  }

  setMode(path: string, mode: number): Promise<void> {
    return asking(() => Deno.chmod(path, mode));
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return asking(() => Deno.utime(path, modifiedMs / 1000, modifiedMs / 1000));
  }

  async realPath(path: string): Promise<string> {
    const real = await asking(() => Deno.realPath(path));
    return this.#windows ? real.replaceAll("\\", "/") : real;
  }

  syncDirectory(path: string): Promise<void> {
    return asking(async () => {
      if (!this.capabilities.directorySync) return;
      const folder = await Deno.open(path, { read: true });
      try {
        await folder.sync();
      } finally {
        folder.close();
      }
    });
  }
}

class DenoFileHandle implements FileHandle {
  readonly #file: DenoFile;
  readonly #appends: boolean;
  /** Where the next write goes, unless it goes to the end anyway. */
  #writePosition = 0;
  /** Where the file's one cursor stands. */
  #cursor: number | undefined = 0;
  #closed = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(file: DenoFile, mode: OpenMode) {
    this.#file = file;
    this.#appends = mode === "append";
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#serially(async () => {
      // A target of no bytes makes Deno say 0 too, and null at the end.
      this.#moveTo(position);
      const read = (await this.#file.read(target)) ?? 0;
      this.#cursor = position + read;
      return read;
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#serially(async () => {
      if (!this.#appends) this.#moveTo(this.#writePosition);
      const written = await this.#file.write(bytes);
      this.#writePosition += written;
      this.#cursor = this.#appends ? undefined : this.#writePosition;
      return written;
    });
  }

  stat(): Promise<FileStat> {
    return this.#serially(async () => asFileStat(await this.#file.stat()));
  }

  sync(): Promise<void> {
    return this.#serially(() => this.#file.sync());
  }

  async setAccess(): Promise<void> {
    if (this.#closed) throw posixError("EBADF", "the file was closed");
    throw posixError("ENOTSUP", "Deno cannot change the owner or mode of an open file");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tail;
    this.#file.close();
  }

  #moveTo(position: number): void {
    if (this.#cursor === position) return;
    this.#file.seekSync(position, Deno.SeekMode.Start);
  }

  /** One call after the other: Deno reads and writes where the cursor is, of which a file has only one. */
  #serially<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) return Promise.reject(posixError("EBADF", "the file was closed"));
    const result = this.#tail.then(async () => {
      try {
        return await work();
      } catch (error) {
        this.#cursor = undefined;
        throw denoFileError(error);
      }
    });
    this.#tail = result.catch(() => {});
    return result;
  }
}

async function asking<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw denoFileError(error);
  }
}

/** Deno itself has no such call. */
async function findFreeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await asking(() => statfs(path, { bigint: true }));
  return Number(bavail * bsize);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function findStat(look: () => Promise<DenoFileInfo>): Promise<FileStat | undefined> {
  try {
    return asFileStat(await look());
  } catch (error) {
    const failure = denoFileError(error);
    // Below a file there is nothing either.
    if (failure.code === "ENOENT" || failure.code === "ENOTDIR") return undefined;
    throw failure;
  }
}
