import { hasCode } from "../../../core/messages/file-error.ts";
import { baseName, parentPath } from "../../../core/path.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import { holdLock, type WebLocks } from "../../web-locks.ts";
import { posixError } from "../posix-error.ts";
import { GONE_FOLDER, type OpfsSection } from "./mutex.ts";
import { DEFAULT_MODE, lineOf, type NamedFile, type NameLine } from "./names.ts";
import { isNotFound, isOtherKind, type OpfsDirectory, type OpfsFile, whenClosed } from "./vendor.ts";

/** What stands at a path. */
export type OpfsEntry =
  | { readonly kind: "file"; readonly file: OpfsFile }
  | { readonly kind: "directory"; readonly directory: OpfsDirectory };

/** What {@link OpfsFiles} works with. */
export interface OpfsFilesOptions {
  /** `navigator.locks`. */
  readonly locks: WebLocks;
  /** What the locks of all pages that share the folder begin with. */
  readonly scope: string;
  /** Gives files the random keys that all pages know them by. */
  readonly entropy: Entropy;
}

/** Files and their names, within a critical section. Paths are normalised. */
export class OpfsFiles {
  readonly #options: OpfsFilesOptions;

  /** Touches nothing before the first section. */
  constructor(options: OpfsFilesOptions) {
    this.#options = options;
  }

  /** What stands at a path; `undefined` when nothing does. The folder above it must be there. */
  async find(section: OpfsSection, path: string): Promise<OpfsEntry | undefined> {
    const folder = await section.folder(parentPath(path));
    const name = baseName(path);
    if (name === "") return { kind: "directory", directory: folder };
    try {
      return { kind: "file", file: await folder.getFileHandle(name) };
    } catch (error) {
      // Of a name in a folder that is gone the browser says the same.
      if (isNotFound(error)) return section.check(parentPath(path));
      if (!isOtherKind(error)) throw error;
    }
    return { kind: "directory", directory: await folder.getDirectoryHandle(name) };
  }

  /** What has a path. @throws `ENOENT` where nothing has */
  async get(section: OpfsSection, path: string, operation: string): Promise<OpfsEntry> {
    const entry = await this.find(section, path);
    if (entry === undefined) throw posixError("ENOENT", operation, path);
    return entry;
  }

  /** The entry of a file that is there. */
  name(section: OpfsSection, path: string): NamedFile {
    const { names } = section;
    return names.find(path) ?? names.add({ key: this.#key(), path, mode: DEFAULT_MODE, identity: unnamed(path) });
  }

  /** Makes a file where none is. */
  async create(section: OpfsSection, path: string, mode: number): Promise<NamedFile> {
    const folder = await section.folder(parentPath(path));
    const key = this.#key();
    const file = section.names.add({ key, path, mode, identity: key });
    try {
      await folder.getFileHandle(baseName(path), { create: true });
    } catch (error) {
      section.names.note(["gone", key, path, false]);
      throw error;
    }
    return file;
  }

  /** Counts a handle on a file. As long as there is one, on any page, the bytes stay. */
  async hold(file: NamedFile): Promise<void> {
    const { locks } = this.#options;
    if (file.handles === 0) file.release = await holdLock(locks, this.#lockOf(file), { mode: "shared" });
    file.handles += 1;
  }

  /** Counts a handle less; the last one takes the bytes of a file without a name with it. */
  async release(section: OpfsSection, file: NamedFile): Promise<void> {
    file.handles -= 1;
    if (file.handles > 0) return;
    await file.release?.();
    file.release = undefined;
    if (file.path !== undefined) return;
    section.release(placeOf(file));
    if (await this.#isOpen(file)) return;
    await removeIfThere(await section.folder(GONE_FOLDER), file.key);
  }

  async #isOpen(file: NamedFile): Promise<boolean> {
    if (file.handles > 0) return true;
    const free = await holdLock(this.#options.locks, this.#lockOf(file), { mode: "exclusive", ifAvailable: true });
    await free?.();
    return free === undefined;
  }

  /** Takes a file its name. */
  async unlink(section: OpfsSection, path: string): Promise<void> {
    section.release(path);
    const named = section.names.find(path);
    const kept = named !== undefined && (await this.#isOpen(named));
    if (named !== undefined) section.names.note(["gone", named.key, path, kept]);
    try {
      await this.#takeAway(section, path, kept ? named.key : null);
    } catch (error) {
      if (named !== undefined) section.names.note(lineOf(named, path));
      throw error;
    }
  }

  /** Gives a file another name, on which no folder stands; a file there is replaced. */
  async move(section: OpfsSection, from: string, to: string): Promise<void> {
    const moved = this.name(section, from);
    const replaced = section.names.find(to);
    const kept = replaced !== undefined && (await this.#isOpen(replaced)) ? replaced.key : null;
    section.release(from);
    section.release(to);
    // Where a file that somebody has open goes out of the way first, a crash in between must not leave none.
    section.names.note(["move", moved.key, from, to, kept], { durable: kept !== null });
    try {
      await this.#finishMove(section, from, { to, kept });
    } catch (error) {
      // The files first: until a line says otherwise, whoever reads the list finishes the move.
      if (kept !== null) await this.#putBack(section, kept, to);
      section.names.note(lineOf(moved, from));
      if (replaced !== undefined) section.names.note(lineOf(replaced, to));
      throw error;
    }
  }

  async #finishMove(section: OpfsSection, from: string, move: { to: string; kept: string | null }): Promise<void> {
    const { to, kept } = move;
    const source = await this.get(section, from, "rename");
    if (source.kind !== "file") return;
    const gone = await section.folder(GONE_FOLDER);
    if (kept !== null && !(await exists(gone, kept)) && (await this.find(section, to)) !== undefined) {
      await this.#takeAway(section, to, kept);
    }
    await moveFile(source.file, await section.folder(parentPath(to)), baseName(to));
  }

  /** Gives a file its name again, if it was put out of the way. */
  async #putBack(section: OpfsSection, key: string, path: string): Promise<void> {
    const gone = await section.folder(GONE_FOLDER);
    if (!(await exists(gone, key))) return;
    await moveFile(await gone.getFileHandle(key), await section.folder(parentPath(path)), baseName(path));
  }

  /** Removes a file, or keeps its bytes under a key for those who have it open. */
  async #takeAway(section: OpfsSection, path: string, key: string | null): Promise<void> {
    const folder = await section.folder(parentPath(path));
    if (key === null) await whenClosed(() => folder.removeEntry(baseName(path)));
    else await moveFile(await folder.getFileHandle(baseName(path)), await section.folder(GONE_FOLDER), key);
  }

  /** Finishes what a page wrote down, and died before it did it. */
  async recover(section: OpfsSection): Promise<void> {
    try {
      await this.#finish(section, section.names.unfinished);
    } catch (error) {
      // A folder that is gone took what was to be moved with it.
      if (!hasCode(error, "ENOENT", "ENOTDIR") && !isNotFound(error) && !isOtherKind(error)) throw error;
    }
  }

  async #finish(section: OpfsSection, line: NameLine | undefined): Promise<void> {
    if (line?.[0] === "move") {
      const [, , from, to, kept] = line;
      if ((await this.find(section, from)) !== undefined) await this.#finishMove(section, from, { to, kept });
    } else if (line?.[0] === "gone") {
      const [, key, path, kept] = line;
      // Of a file that nobody has open nothing is lost when it still has its name.
      if (kept && !(await exists(await section.folder(GONE_FOLDER), key))) await this.#takeAway(section, path, key);
    }
  }

  #key(): string {
    return this.#options.entropy.nonce();
  }

  #lockOf({ key }: NamedFile): string {
    return `${this.#options.scope} open ${key}`;
  }
}

/** Where the bytes of a file are. */
export function placeOf({ path, key }: NamedFile): string {
  return path ?? `${GONE_FOLDER}/${key}`;
}

/** The identity of a file that nobody has asked for by name yet. */
export function unnamed(path: string): string {
  return `opfs:${path}`;
}

function moveFile(file: OpfsFile, folder: OpfsDirectory, name: string): Promise<void> {
  return whenClosed(() => file.move(folder, name));
}

async function exists(folder: OpfsDirectory, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function removeIfThere(folder: OpfsDirectory, name: string): Promise<void> {
  try {
    await whenClosed(() => folder.removeEntry(name));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
