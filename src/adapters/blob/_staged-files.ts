import { hasCode } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { CatalogError } from "../../errors.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { Folders } from "./folders.ts";
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
}
