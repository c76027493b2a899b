import { isInsidePath, normalizePath, parentPath } from "../../../core/path.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import { holdLock, type WebLocks } from "../../web-locks.ts";
import { posixError } from "../posix-error.ts";
import { OpfsNames } from "./names.ts";
import { isNotFound, type OpfsAccess, type OpfsDirectory, type OpfsFile, whenClosed } from "./vendor.ts";

/** Below the folder of the file system: the list of names, and files that are open and have no name any more. */
export const OWN_FOLDER = "/.content-catalog-opfs";
const LIST_NAME = "names";
/** The list while it is written anew. */
const NEXT_LIST_NAME = "names-next";
/** What is kept of files without a name, by key. */
export const GONE_FOLDER: string = `${OWN_FOLDER}/gone`;

/** A list of this length is written anew. */
const COMPACT_BYTES = 4 * 1024 * 1024;

/** Others wait: whoever has much to do lets them in after so long. */
const MAX_SECTION_MS = 50;
const MAX_FOLDERS = 1000;

/** What {@link OpfsMutex} works with. */
export interface OpfsMutexOptions {
  /** The folder that is "/". */
  readonly directory: OpfsDirectory;
  /** `navigator.locks`, by which pages exclude each other. */
  readonly locks: WebLocks;
  /** What the locks of all pages that share the folder begin with. */
  readonly scope: string;
  /** Gives each writing of the list of names a random name. */
  readonly entropy: Entropy;
  /** How long the list of names gets before it is written anew, in bytes. @default 4 MiB */
  readonly compactBytes?: number | undefined;
}

/** A critical section: nobody else, on no page, touches the files meanwhile. */
export interface OpfsSection {
  /** Which file has which name, as of this section. */
  readonly names: OpfsNames;
  /** The open file at a path, until the end of the section or {@link release}. */
  access(path: string): Promise<OpfsAccess>;
  /** Closes a file, as it must be before it is moved, removed or looked at. */
  release(path: string): void;
  /** A folder, which must be there or have been there a moment ago. */
  folder(path: string): Promise<OpfsDirectory>;
  /** Fails when a folder is not there. */
  check(path: string): Promise<undefined>;
}

interface Job {
  run(section: OpfsSection): Promise<void>;
  fail(error: unknown): void;
}

/**
 * Runs one call after the other: those of one page in their order, and among pages by a Web Lock, as the
 * browser has no call that takes a name only if it is free, and lets nobody move a file that somebody has open.
 */
export class OpfsMutex {
  readonly #options: OpfsMutexOptions;
  readonly #names = new OpfsNames();
  readonly #folders = new Map<string, OpfsDirectory>();
  readonly #queue: Job[] = [];
  #pumping = false;
  #list: OpfsFile | undefined;
  #pageLock: Promise<(() => Promise<void>) | undefined> | undefined;
  /** Finishes what a page that died has begun; it is set by the file system. */
  recover: (section: OpfsSection) => Promise<void> = async () => undefined;

  /** Touches nothing before the first section. */
  constructor(options: OpfsMutexOptions) {
    this.#options = options;
  }

  /** Runs `work` as a critical section. */
  run<Result>(work: (section: OpfsSection) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ run: (section) => work(section).then(resolve, reject), fail: reject });
      if (!this.#pumping) void this.#pump();
    });
  }

  /** Lets others know that this page has nothing open any more. */
  async end(): Promise<void> {
    const release = await this.#pageLock;
    this.#pageLock = undefined;
    await release?.();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#queue.length > 0) {
      try {
        // The name stays as it is: other pages may run another version.
        await this.#options.locks.request(`${this.#options.scope} turn`, {}, () => this.#runSection());
      } catch (error) {
        this.#queue.shift()?.fail(error);
      }
    }
    this.#pumping = false;
  }

  async #runSection(): Promise<void> {
    const { compactBytes = COMPACT_BYTES } = this.#options;
    const open = new Map<string, OpfsAccess>();
    const section: OpfsSection = {
      names: this.#names,
      access: async (path) => open.get(path) ?? keep(open, path, await this.#openAt(path)),
      release: (path) => {
        open.get(path)?.close();
        open.delete(path);
      },
      folder: (path) => this.#folderAt(path, false),
      check: async (path) => {
        this.#folders.delete(path);
        await this.#folderAt(path, false);
        return undefined;
      },
    };
    await this.#begin(section);
    try {
      const endMs = performance.now() + MAX_SECTION_MS;
      do await this.#queue.shift()?.run(section);
      while (this.#queue.length > 0 && performance.now() < endMs);
    } finally {
      for (const access of open.values()) access.close();
      this.#names.end();
      if (this.#names.sizeBytes > compactBytes) await this.#compact();
    }
  }

  /** Puts a list of what there is now in the place of the long one, in one step: whoever dies leaves one of the two. */
  async #compact(): Promise<void> {
    try {
      const own = await this.#folderAt(OWN_FOLDER, false);
      const next = await own.getFileHandle(NEXT_LIST_NAME, { create: true });
      const list = await openFile(next);
      let adopt: () => void;
      try {
        adopt = this.#names.writeAnew(list, this.#options.entropy.nonce());
      } finally {
        list.close();
      }
      await whenClosed(() => next.move(own, LIST_NAME));
      adopt();
    } catch {
      // The long one is as good, and the next section tries again.
    }
  }

  async #begin(section: OpfsSection): Promise<void> {
    const { entropy } = this.#options;
    const alone = this.#pageLock === undefined ? await this.#firstAmongPages() : undefined;
    try {
      const own = await this.#folderAt(OWN_FOLDER, alone !== undefined);
      this.#list ??= await own.getFileHandle(LIST_NAME, { create: true });
      this.#names.begin(await openFile(this.#list), entropy.nonce());
      try {
        await this.recover(section);
        this.#names.markFinished();
        if (alone !== undefined) await this.#tidyUp(own);
        if (this.#pageLock === undefined) await this.#folderAt(GONE_FOLDER, true);
      } catch (error) {
        this.#names.end();
        throw error;
      }
    } finally {
      await alone?.();
    }
    this.#pageLock ??= this.#join();
    await this.#pageLock;
  }

  /** Says whether no other page is there, and keeps any from coming until it is told to let them. */
  #firstAmongPages(): Promise<(() => Promise<void>) | undefined> {
    const { locks, scope } = this.#options;
    return holdLock(locks, `${scope} page`, { mode: "exclusive", ifAvailable: true });
  }

  #join(): Promise<(() => Promise<void>) | undefined> {
    const { locks, scope } = this.#options;
    return holdLock(locks, `${scope} page`, { mode: "shared" });
  }

  /** Nobody has a file open any more. */
  async #tidyUp(own: OpfsDirectory): Promise<void> {
    this.#names.forget(this.#options.entropy.nonce());
    this.#folders.delete(GONE_FOLDER);
    try {
      await whenClosed(() => own.removeEntry("gone", { recursive: true }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #openAt(path: string): Promise<OpfsAccess> {
    const folder = await this.#folderAt(parentPath(path), false);
    return openFile(await folder.getFileHandle(nameOf(path)));
  }

  /** A handle stands for a path, whatever is there; so it may be kept. */
  async #folderAt(path: string, create: boolean): Promise<OpfsDirectory> {
    if (path === "/") return this.#options.directory;
    const known = create ? undefined : this.#folders.get(path);
    if (known !== undefined) return known;
    const parent = await this.#folderAt(parentPath(path), create);
    const folder = await parent.getDirectoryHandle(nameOf(path), { create });
    if (this.#folders.size >= MAX_FOLDERS) this.#folders.clear();
    this.#folders.set(path, folder);
    return folder;
  }
}

function openFile(file: OpfsFile): Promise<OpfsAccess> {
  return whenClosed(() => file.createSyncAccessHandle());
}

function keep(open: Map<string, OpfsAccess>, path: string, access: OpfsAccess): OpfsAccess {
  open.set(path, access);
  return access;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path as this file system keeps it: absolute, normalised, and none of its own files. */
export function ownPath(path: string, operation: string): string {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new TypeError(`Cannot ${operation} "${path}": expected an absolute path without NUL`);
  }
  const normal = normalizePath(path);
  if (isInsidePath(OWN_FOLDER, normal)) throw posixError("EPERM", operation, path);
  return normal;
}
