import { hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import { baseName, parentPath } from "../../core/path.ts";
import { CatalogError, isCatalogError } from "../../errors.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import { CanonicalKeys } from "./naming/canonical-keys.ts";

/** What the removal of a folder answers where it is not there, not empty, no folder, or another disk is mounted there. */
const NOT_EMPTY = ["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"] as const;

/** How often a folder may be removed just when a file is to go into it. */
const ATTEMPTS = 5;

/**
 * The folders of a root. Each is looked at before it is used: a symlink in the place of one would lead out of the root.
 * What got a name is looked for again where it should be, as one may be swapped for the other at the very same moment.
 */
export class Folders {
  /** The absolute path that keys are relative to. */
  readonly root: string;
  /** The keys that their names give. */
  readonly canonicalKeys: CanonicalKeys;
  readonly #fs: FileSystem;
  /** Folder to its identity, once its name was durable in its parent. */
  readonly #synced = new Map<string, string>();
  readonly #syncs = new Map<string, SharedSync>();

  /** Looks at nothing yet; the root need not be there. */
  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.root = root;
    this.canonicalKeys = new CanonicalKeys(fs, root);
  }

  /** The absolute path of a key. */
  pathOf(key: string): string {
    return this.root.endsWith("/") ? this.root + key : `${this.root}/${key}`;
  }

  /** Creates what is missing of the folders above a blob, and of the root. */
  async ensure(key: string): Promise<void> {
    if (await this.#isAsNamed(this.#folderOf(key))) return;
    await this.#ensureRoot();
    for (const folder of this.#above(key)) {
      if ((await this.#identityOf(folder)) !== undefined) continue;
      await this.#create(folder);
      if ((await this.#identityOf(folder)) === undefined) throw vanished(folder);
    }
    await this.canonicalKeys.look();
  }

  /** Does `work` in the folder of a key. A folder that was removed at that moment is made again. */
  async within<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.ensure(key);
        return await work();
      } catch (error) {
        // A file in the place of the folder: this says so.
        if (hasCode(error, "ENOTDIR")) await this.exist(key);
        if (attempt === ATTEMPTS || !(hasCode(error, "ENOENT") || isCatalogError(error, "NOT_FOUND"))) throw error;
      }
    }
  }

  /**
   * Whether a path leads to itself: then no symlink is on it, which one call tells for all of its folders. Where the file
   * system writes names in another way than they were given, each folder is looked at instead.
   */
  async #isAsNamed(path: string): Promise<boolean> {
    try {
      return (await this.#fs.realPath(path)) === path;
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return false;
      throw error;
    }
  }

  /**
   * Makes sure that a file got its name, which nobody had, in the root, and not where a symlink leads that took the place
   * of a folder a moment ago. From there it is taken back, if `findOwn` tells its identity.
   * @throws {CatalogError} REFUSED when it did not
   */
  async confirm(key: string, findOwn: () => Promise<FileStat | undefined>): Promise<void> {
    const path = this.pathOf(key);
    if ((await this.#isAsNamed(path)) || (await this.#isThere(key))) return;
    throw escaped(path, await this.#takeBack(path, await findOwn()));
  }

  /**
   * The same for a name that a collector may take as soon as it is given: `false` when the folders are what they were
   * and the name is gone, as `wasTaken` tells too: otherwise the folder was swapped and is back.
   */
  async confirmUnlessTaken(
    key: string,
    { own, wasTaken }: { readonly own: FileStat; readonly wasTaken: () => Promise<boolean> },
  ): Promise<boolean> {
    const path = this.pathOf(key);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if ((await this.#isAsNamed(path)) || (await this.#isThere(key))) return true;
      if (await this.#isObstructed(key)) break;
      if (await wasTaken()) return false;
    }
    throw escaped(path, await this.#takeBack(path, own));
  }

  /**
   * The same for a name that `before` had: that is still there if the file went elsewhere. Another one is that of somebody
   * who replaced it a moment later.
   */
  async confirmReplaced(key: string, own: FileStat, before: FileStat | undefined): Promise<void> {
    await this.confirm(key, async () => own);
    const now = await this.#fs.lstat(this.pathOf(key));
    if (now?.identity === own.identity) return;
    const isOld = now?.identity === before?.identity && now?.modifiedMs === before?.modifiedMs;
    if (now === undefined || isOld) throw escaped(this.pathOf(key), undefined);
  }

  /** Where the file system writes names in another way than they were given. */
  async #isThere(key: string): Promise<boolean> {
    try {
      return (await this.exist(key)) && (await this.#fs.lstat(this.pathOf(key))) !== undefined;
    } catch (error) {
      if (isCatalogError(error, "REFUSED")) return false;
      throw error;
    }
  }

  /** Whether something else stands where a folder was. */
  async #isObstructed(key: string): Promise<boolean> {
    try {
      await this.exist(key);
      return false;
    } catch (error) {
      if (isCatalogError(error, "REFUSED")) return true;
      throw error;
    }
  }

  /** Removes what is not where it should be; gives where it is if it has to stay there. */
  async #takeBack(path: string, own: FileStat | undefined): Promise<string | undefined> {
    try {
      const real = await this.#fs.realPath(path);
      if (own === undefined || (await this.#fs.lstat(real))?.identity !== own.identity) return real;
      await this.#fs.unlink(real);
      return undefined;
    } catch (error) {
      // The folder is back, and where the symlink led is known to nobody.
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
      throw error;
    }
  }

  /** Removes a folder if it is empty, and no symlink leads to it; tells whether it did. */
  async removeEmpty(key: string): Promise<boolean> {
    const folder = this.pathOf(key);
    try {
      if (!(await this.leadTo(`${key}/any`))) return false;
      await this.#fs.removeDirectory(folder);
    } catch (error) {
      if (isCatalogError(error, "REFUSED") || hasCode(error, ...NOT_EMPTY)) return false;
      throw error;
    }
    this.#forget(folder);
    return true;
  }

  /** Whether a blob that is there has folders above it that are no symlinks. */
  async leadTo(key: string): Promise<boolean> {
    return (await this.#isAsNamed(this.#folderOf(key))) || (await this.exist(key));
  }

  /** Whether the folders above a blob are there. */
  async exist(key: string): Promise<boolean> {
    for (const folder of this.#above(key)) if ((await this.#identityOf(folder)) === undefined) return false;
    return true;
  }

  /** Makes the name of a blob durable, and the folders above it as far as they are not known to be. */
  async syncName(key: BlobKey): Promise<void> {
    const last = this.#folderOf(key);
    await this.sync(last);
    // One that is known was durable together with all above it.
    const synced = this.#synced.get(last);
    if (synced !== undefined && synced === (await this.#identityOf(last))) return;
    for (const folder of this.#above(key)) {
      const identity = await this.#identityOf(folder);
      if (identity === undefined) throw vanished(folder);
      if (this.#synced.get(folder) === identity) continue;
      await this.sync(parentPath(folder));
      this.#synced.set(folder, identity);
    }
  }

  /** Makes the names in a folder durable. Calls that come while one is running share the next one. */
  async sync(folder: string): Promise<void> {
    let shared = this.#syncs.get(folder);
    if (shared === undefined) {
      shared = new SharedSync(
        () => this.#fs.syncDirectory(folder),
        () => this.#syncs.delete(folder),
      );
      this.#syncs.set(folder, shared);
    }
    await shared.run();
  }

  /** The folder that holds a blob. */
  #folderOf(key: string): string {
    const at = key.lastIndexOf("/");
    return at === -1 ? this.root : this.pathOf(key.slice(0, at));
  }

  /** The folders from below the root down to the one that holds a blob. */
  #above(key: string): readonly string[] {
    const names = key.split("/").slice(0, -1);
    return names.map((_, index) => this.pathOf(names.slice(0, index + 1).join("/")));
  }

  async #identityOf(folder: string): Promise<string | undefined> {
    const stat = await this.#fs.lstat(folder);
    if (stat === undefined) return undefined;
    if (stat.kind === "directory") return stat.identity;
    throw obstructed(folder, stat.kind);
  }

  async #ensureRoot(): Promise<void> {
    const missing: string[] = [];
    for (let path = this.root; (await this.#identityOf(path)) === undefined; path = parentPath(path)) {
      missing.unshift(path);
    }
    for (const path of missing) {
      await this.#create(path);
      await this.sync(parentPath(path));
    }
  }

  async #create(folder: string): Promise<void> {
    try {
      await this.#fs.makeDirectory(folder);
      this.canonicalKeys.noteMade(folder);
    } catch (error) {
      // Somebody else was faster.
      if (!hasCode(error, "EEXIST")) throw error;
    }
    this.#synced.delete(folder);
  }

  #forget(folder: string): void {
    this.#synced.delete(folder);
    this.canonicalKeys.forget(folder);
  }
}

/** A call that many want at once. Who comes while it runs needs one that begins later, and shares it with the others. */
class SharedSync {
  readonly #call: () => Promise<void>;
  readonly #onIdle: () => void;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(call: () => Promise<void>, onIdle: () => void) {
    this.#call = call;
    this.#onIdle = onIdle;
  }

  run(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const running = this.#call().finally(() => {
      this.#running = undefined;
      if (this.#next === undefined) this.#onIdle();
    });
    this.#running = running;
    return running;
  }
}

/** Something else stands where a folder or blob belongs. */
export function obstructed(path: string, kind: string): CatalogError {
  const what = kind === "other" ? "special file" : kind;
  return new CatalogError("REFUSED", `Cannot store under ${quote(path)}: a ${what} is in the way`, {
    details: { guard: "root" },
    hint: `Look at ${quote(baseName(path))} and move it away; nothing was stored, and nothing outside the root was touched.`,
  });
}

function escaped(path: string, where: string | undefined): CatalogError {
  const left = where === undefined ? "" : `; what was written is at ${quote(where)}`;
  const what = `its folder was swapped for a symlink at this moment${left}`;
  return new CatalogError("REFUSED", `Cannot store ${quote(path)}: ${what}`, {
    details: { guard: "root" },
    hint: "Find out who changes folders in the root, and let nobody else write there.",
  });
}

function vanished(path: string): CatalogError {
  return new CatalogError("NOT_FOUND", `Cannot store under ${quote(path)}: the folder was removed at this moment`, {
    details: { what: "folder", path },
    hint: "Make sure that nothing else cleans up in the root, and try again.",
  });
}
