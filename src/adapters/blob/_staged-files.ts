import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { CatalogError } from "../../errors.ts";
import type { StagedBlob, StageOptions } from "../../ports/blob-store.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { NameTaker } from "./_name-taker.ts";
import { createMode, type Permissions } from "./_permissions.ts";
import { StagedWriter } from "./_staged-writer.ts";
import { type Folders, obstructed } from "./folders.ts";
import { formatOwner, parseStagingName } from "./naming/staging-name.ts";

/** What {@link StagedFiles} works with. */
export interface StagedFilesOptions {
  /** Where the files are. */
  readonly fs: FileSystem;
  /** Gives the random part of their names. */
  readonly entropy: Entropy;
  /** Who stages. */
  readonly owner: ProcessIdentity;
  /** Makes the folder. */
  readonly folders: Folders;
  /** Gives a file of the machine a name in it. */
  readonly names: NameTaker;
  /** What may be done with a file in it. */
  readonly permissions: Permissions;
}

/** Options of {@link StagedFiles.adopt}. */
export interface AdoptOptions {
  /** As `BlobStore.adopt` has it. */
  readonly how: "clone" | "link";
  /** Permission bits that a clone has no more than. @default those of the umask */
  readonly mode?: number | undefined;
}

/** A staged file that was found. */
export interface FoundStagedFile {
  /** Its name in the folder. */
  readonly name: string;
  /** Who staged it. */
  readonly owner: ProcessIdentity;
  /** Where it is. */
  readonly path: string;
}

/** The folder of bytes that have no name yet. */
export class StagedFiles {
  readonly #options: StagedFilesOptions;
  /** The second half of all names. */
  readonly #owner: string;

  /** Makes nothing. */
  constructor(options: StagedFilesOptions) {
    this.#options = options;
    this.#owner = formatOwner(options.owner);
  }

  /** A name that nobody else has, which says who has it. */
  newName(): string {
    return `${this.#options.entropy.nonce()}.${this.#owner}`;
  }

  /** The key of a staged file. */
  keyOf(name: string): string {
    return `${OWN_FOLDERS.staging}/${name}`;
  }

  /** The path of a staged file. */
  pathOf(name: string): string {
    return this.#options.folders.pathOf(this.keyOf(name));
  }

  /** Begins to write one. */
  async create(options: StageOptions = {}): Promise<StagedWriter> {
    const { fs, folders, permissions } = this.#options;
    const name = this.newName();
    const [key, path, mode] = [this.keyOf(name), this.pathOf(name), createMode(options)];
    const handle = await this.orDrop(path, async () => {
      const opened = await folders.within(key, () => fs.open(path, "create", mode));
      return closingOnError(opened, () => folders.confirm(key, () => opened.stat()));
    });
    const readOnly = options.readOnly === true && (await permissions.isReadOnly(handle));
    return new StagedWriter(fs, { handle, name, path, readOnly });
  }

  /** Stages the file that has the name `path`; `undefined` where that cannot be done. */
  async adopt(path: string, { how, mode }: AdoptOptions): Promise<StagedBlob | undefined> {
    const { fs, names, permissions } = this.#options;
    const found = await fs.lstat(path);
    if (found !== undefined && found.kind !== "file") throw obstructed(path, found.kind);
    const name = this.newName();
    const to = this.pathOf(name);
    await this.#makeFolder(name);
    return this.orDrop(to, async () => {
      if ((await (how === "clone" ? names.clone(path, to) : names.link(path, to))) !== "done") return undefined;
      const probe = this.pathOf(this.newName());
      if (how === "clone") await this.orDrop(probe, () => permissions.limitClone(to, { mode, probe }));
      await this.#sync(to);
      const { sizeBytes, mode: permitted } = await this.get(to);
      return { name, sizeBytes, shared: how === "link", mode: permitted };
    });
  }

  /** Takes away the permission to write, unless others have the file too. */
  async protect({ name, shared, readOnly }: StagedBlob): Promise<void> {
    if (!shared && readOnly !== true) await this.#options.permissions.protect(this.pathOf(name));
  }

  /** What is at a path. @throws {CatalogError} NOT_FOUND when nothing is */
  async get(path: string): Promise<FileStat> {
    const stat = await this.#options.fs.lstat(path);
    if (stat !== undefined) return stat;
    throw new CatalogError("NOT_FOUND", `Cannot store ${quote(path)}: the staged file was removed by somebody else`, {
      details: { what: "staged file", path },
      hint: "Make sure that nothing else cleans up in the root, and try again.",
    });
  }

  /** Removes a file; nothing happens when it is gone. */
  async remove(path: string): Promise<void> {
    try {
      await this.#options.fs.unlink(path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }

  /** Removes the file that `work` was to make if it fails, as it may have made it. */
  async orDrop<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      // A second failure must not hide the first; what stays is a leftover that a collector knows.
      await Promise.allSettled([this.remove(path)]);
      throw error;
    }
  }

  /** All that is there, whoever staged it. */
  async list(): Promise<readonly FoundStagedFile[]> {
    const { fs, folders } = this.#options;
    const found: FoundStagedFile[] = [];
    if (!(await folders.exist(this.keyOf("any")))) return found;
    for await (const page of fs.list(folders.pathOf(OWN_FOLDERS.staging))) {
      for (const { name } of page) {
        const owner = parseStagingName(name);
        if (owner !== undefined) found.push({ name, owner, path: this.pathOf(name) });
      }
    }
    return found;
  }

  /** Its failure says nothing about the file that is to go there. */
  async #makeFolder(name: string): Promise<void> {
    const { folders } = this.#options;
    try {
      await folders.ensure(this.keyOf(name));
    } catch (error) {
      throw asCatalogError(error, { verb: "stage bytes under", path: folders.root });
    }
  }

  async #sync(path: string): Promise<void> {
    const handle = await this.#options.fs.open(path, "read");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Closes a file of which nobody will hear if `work` fails. */
async function closingOnError(handle: FileHandle, work: () => Promise<void>): Promise<FileHandle> {
  try {
    await work();
    return handle;
  } catch (error) {
    await Promise.allSettled([handle.close()]);
    throw error;
  }
}
