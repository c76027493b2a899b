import { hasCode } from "../../../core/messages/file-error.ts";
import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../../core/naming/blob-key.ts";
import { baseName, parentPath } from "../../../core/path.ts";
import type { FileSystem } from "../../../ports/file-system.ts";

/** What the look at a folder gives that is not ours: the way to a root may lead through such. */
const NOT_TO_BE_SEEN = ["EACCES", "EPERM", "ENOTCAPABLE"] as const;

/** The case of a letter changed, where that gives one letter again. */
function upper(text: string): string {
  return Array.from(text, (letter) => {
    const changed = letter.toUpperCase();
    return changed.length === letter.length ? changed : letter;
  }).join("");
}

/** A name that differs from `name` in case only; the same one if it has no letters. */
function inOtherCase(name: string): string {
  const changed = upper(name);
  return changed === name ? name.toLowerCase() : changed;
}

/**
 * `name` as its folder lists it. Where names in different case are one (exFAT, NTFS, APFS), a file is found by each of
 * them, and has one; who looks for it elsewhere, or in a list of the folder, has to know which. `name` itself where
 * nothing is there.
 */
async function findListedName(fs: FileSystem, folder: string, name: string): Promise<string> {
  const other = inOtherCase(name);
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  // Mostly this one look is all.
  if (other === name || (await fs.lstat(start + other)) === undefined) return name;
  let found = name;
  for await (const page of fs.list(folder)) {
    for (const listed of page) {
      if (listed.name === name) return name;
      if (upper(listed.name) === upper(name)) found = listed.name;
    }
  }
  return found;
}

/** A path that is there, as the folders on it list it, as far as these may be looked at. */
export async function findListedPath(fs: FileSystem, path: string): Promise<string> {
  const parent = parentPath(path);
  if (parent === path) return path;
  const folder = await findListedPath(fs, parent);
  const name = await findListedName(fs, folder, baseName(path)).catch((error: unknown) => {
    if (hasCode(error, ...NOT_TO_BE_SEEN)) return baseName(path);
    throw error;
  });
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Finds the canonical key of a blob, on a device where names in different case are one name. */
export class CanonicalKeys {
  readonly #fs: FileSystem;
  readonly #root: string;
  #ignoresCase: boolean | undefined;
  /** Whether a folder is listed as it was named when it was made; some mounts list all in lower case. */
  #listsAsMade = false;
  readonly #made = new Set<string>();

  /** Finds nothing out yet about the device below `root`. */
  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  /** Takes note of a folder that had no name before, in any case: others need not be listed to find it. */
  noteMade(folder: string): void {
    if (this.#ignoresCase !== false) this.#made.add(folder);
  }

  /** Takes note of a folder that is gone: another one may come, named in another case. */
  forget(folder: string): void {
    this.#made.delete(folder);
  }

  /** Looks whether case counts below the root, as far as that can be known now. */
  async look(): Promise<void> {
    try {
      await this.#tellsCaseApart();
    } catch (error) {
      if (!hasCode(error, ...NOT_TO_BE_SEEN)) throw error;
    }
  }

  /**
   * One text for all keys that are one name. Where case does not count, normal forms are taken not to count either:
   * most of these devices have it so.
   */
  comparable(key: string): string {
    if (this.#ignoresCase !== true) return key;
    return upper(Array.from(key.normalize("NFD"), (letter) => letter.toLowerCase()).join("")).normalize("NFC");
  }

  /** `key` as the folders on it list it; names of nothing as they are given. */
  async find(key: BlobKey): Promise<BlobKey> {
    if (await this.#tellsCaseApart()) return key;
    let folder = this.#root;
    for (const name of key.split("/")) {
      const start = folder.endsWith("/") ? folder : `${folder}/`;
      folder = start + (await this.#nameIn(folder, name));
    }
    return parseBlobKey(folder.slice(this.#root.length).replace(/^\//, ""));
  }

  async #nameIn(folder: string, name: string): Promise<string> {
    const path = folder.endsWith("/") ? folder + name : `${folder}/${name}`;
    const isMade = this.#made.has(path);
    if (isMade && this.#listsAsMade) return name;
    const listed = await findListedName(this.#fs, folder, name);
    if (isMade && listed === name && name !== name.toLowerCase()) this.#listsAsMade = true;
    return listed;
  }

  /** Found out once, by a folder of ours: nobody gives that name to another. */
  async #tellsCaseApart(): Promise<boolean> {
    if (this.#ignoresCase === undefined) {
      const start = this.#root.endsWith("/") ? this.#root : `${this.#root}/`;
      const own = await this.#findOwnFolder(start);
      if (own === undefined) return false;
      this.#ignoresCase = (await this.#fs.lstat(start + inOtherCase(own))) !== undefined;
      if (!this.#ignoresCase) this.#made.clear();
    }
    return !this.#ignoresCase;
  }

  async #findOwnFolder(start: string): Promise<string | undefined> {
    for (const name of Object.values(OWN_FOLDERS)) {
      if ((await this.#fs.lstat(start + name)) !== undefined) return name;
    }
    return undefined;
  }
}
