import { hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { baseName } from "../../../../core/path.ts";
import { CatalogError } from "../../../../errors.ts";
import type { DirectoryEntry, FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import { unlinkIfThere } from "../lock/lock-file.ts";
import { privateDirectory } from "./catalog-files.ts";
import { closeQuietly, Overtaken, type StoreParts } from "./store.ts";

/** The name that a log gets in the private directory of who ends it and leaves none. */
export const ENDED = "ended";
/** What the names of others' directories begin with in the one that they were taken into; their nonce follows. */
const TAKEN = "from-";

/**
 * A directory of one attempt. Files of the catalog get their names by renames and links out of it, so that whoever
 * takes it away ends the attempt: everything in it then gives {@link Overtaken}.
 */
export class PrivateDirectory {
  /** Random; names the attempt. */
  readonly nonce: string;
  /** The absolute path of the directory. */
  readonly path: string;
  readonly #parts: StoreParts;

  private constructor(parts: StoreParts, nonce: string) {
    this.#parts = parts;
    this.nonce = nonce;
    this.path = privateDirectory(parts.files, nonce);
  }

  /** Makes the directory of a new attempt. */
  static async create(parts: StoreParts): Promise<PrivateDirectory> {
    const directory = new PrivateDirectory(parts, parts.entropy.nonce());
    await parts.fs.makeDirectory(directory.path);
    return directory;
  }

  /** The path of a name in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file completely and, unless `sync` is `false`, durably. */
  async write(name: string, bytes: Uint8Array, sync: boolean): Promise<void> {
    const handle = await this.create(name, bytes);
    try {
      if (sync) await this.guard(() => handle.sync());
    } finally {
      await closeQuietly(handle);
    }
  }

  /** Writes a file completely, and leaves it open. */
  create(name: string, bytes: Uint8Array): Promise<FileHandle> {
    return this.guard(async () => {
      const handle = await this.#parts.fs.open(this.file(name), "create");
      try {
        for (let position = 0; position < bytes.byteLength; ) {
          const count = await handle.write(bytes.subarray(position));
          if (count === 0) throw noProgress(this.file(name));
          position += count;
        }
        return handle;
      } catch (error) {
        await closeQuietly(handle);
        throw error;
      }
    });
  }

  /** Runs what needs the directory, and tells when that fails because it is gone, whatever the reason is called. */
  async guard<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (await this.#isGone()) throw new Overtaken("Cannot go on: somebody took over", { cause: error });
      throw error;
    }
  }

  async #isGone(): Promise<boolean> {
    return (await this.#parts.fs.lstat(this.path)) === undefined;
  }

  /**
   * Ends the attempts of all who sealed before, given in that order: takes their directories away, into this one, and
   * deletes them. The newest is taken first, so that who misses a directory because of that finds its own gone too.
   * @throws {Overtaken} when this one is taken away meanwhile
   */
  async takeAway(nonces: readonly string[]): Promise<void> {
    const { rules } = this.#parts;
    for (const nonce of rules.newestTakenFirst ? nonces.toReversed() : nonces) await this.#take(nonce);
    // Not before all are here: one of them could just be taking another.
    if (rules.takenDeleted) await this.guard(() => this.#deleteTaken());
  }

  /** Takes away what is known to belong to no attempt that could still end well; never throws. */
  async tidyUp(nonces: readonly string[]): Promise<void> {
    try {
      for (const nonce of nonces) await this.#take(nonce);
    } catch (error) {
      // They take space and harm nothing.
      this.#parts.logger?.log("debug", "could not clear away what dead processes left", { reason: String(error) });
    }
  }

  async #take(nonce: string): Promise<void> {
    await this.#moveHere(privateDirectory(this.#parts.files, nonce), `${TAKEN}${nonce}`);
  }

  async #moveHere(path: string, name: string): Promise<void> {
    try {
      await this.guard(() => this.#parts.fs.rename(path, this.file(name)));
    } catch (error) {
      // Done with, or within one that was taken.
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }

  /**
   * Deletes what was taken. Who owned a directory may be within a rename that found it before: nothing is to be found in
   * it any more then, and it takes no new name. What that one had taken comes up here first, so that paths stay short.
   */
  async #deleteTaken(): Promise<void> {
    const { fs } = this.#parts;
    const names = (await listAll(fs, this.path)).filter(isTaken).map(({ name }) => name);
    for (const name of names) {
      try {
        for (const inner of (await listAll(fs, this.file(name))).filter(isTaken)) {
          await this.#moveHere(this.file(`${name}/${inner.name}`), inner.name);
          names.push(inner.name);
        }
        await this.#delete(this.file(name));
      } catch (error) {
        // Who owned it has deleted it; or ours is gone.
        if (!hasCode(error, "ENOENT") || (await this.#isGone())) throw error;
      }
    }
  }

  async #delete(path: string): Promise<void> {
    const { fs, rules } = this.#parts;
    await this.#unlinkFiles(path);
    try {
      // Of somebody who came as far as below.
      await removeDirectoryIfThere(fs, `${path}/${ENDED}`);
      await fs.removeDirectory(path);
    } catch (error) {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
      // A rename came in between, or somebody has a file open in there, which file systems in user space only hide
      // then: it stays empty but for that, and the one name that is renamed into it goes to a folder.
      if (rules.endedBlocked) await makeUnlessThere(fs, `${path}/${ENDED}`);
      await this.#unlinkFiles(path);
    }
  }

  async #unlinkFiles(path: string): Promise<void> {
    const { fs } = this.#parts;
    for (const { name, kind } of await listAll(fs, path)) {
      if (kind !== "directory") await unlinkIfThere(fs, `${path}/${name}`);
    }
  }

  /** Removes the directory and all in it, as far as that can be done; what is left is known by its name. */
  async remove(): Promise<void> {
    await removeTree(this.#parts, this.path);
  }
}

/** The nonces of all private directories that there are. */
export async function listPrivateDirectories({ fs, files }: StoreParts): Promise<readonly string[]> {
  const start = `${baseName(files.snapshot)}.`;
  const nonces: string[] = [];
  for (const { name } of await listAll(fs, files.folder)) {
    const nonce = name.startsWith(start) ? /^([0-9a-f]{32})\.d$/.exec(name.slice(start.length))?.[1] : undefined;
    if (nonce !== undefined) nonces.push(nonce);
  }
  return nonces;
}

/** All at once: what is removed while a folder is listed may hide something else there. */
async function listAll(fs: FileSystem, path: string): Promise<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const page of fs.list(path)) entries.push(...page);
  return entries;
}

function isTaken({ name, kind }: DirectoryEntry): boolean {
  return kind === "directory" && name.startsWith(TAKEN);
}

async function removeDirectoryIfThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.removeDirectory(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

async function makeUnlessThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.makeDirectory(path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/** Removes a folder of ours with what is in it; never throws. */
export async function removeTree(parts: StoreParts, path: string): Promise<void> {
  const { fs } = parts;
  try {
    for (const { name, kind } of await listAll(fs, path)) {
      if (kind === "directory") await removeTree(parts, `${path}/${name}`);
      else await fs.unlink(`${path}/${name}`);
    }
    await fs.removeDirectory(path);
  } catch {
    // It takes space and harms nothing.
  }
}

function noProgress(path: string): CatalogError<"BACKEND"> {
  return new CatalogError("BACKEND", `Cannot write ${quote(path)}: the file system takes no bytes`, {
    details: { what: "write", path },
  });
}
