import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import { baseName } from "../../../core/path.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStore } from "../../../ports/blob-store.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import { isOfCatalog } from "../../files/catalog-in-use.ts";
import { createOwnFiles, type OwnFiles, type OwnFilesContext } from "../../files/own-files.ts";

/** A configuration file by its name, wherever it lies. */
const CONFIGURATION = /^catalog\.config\.(?:ya?ml|toml|jsonc?)$/;

/** Tells which files of nobody stay whatever the caller says: those of catalogs, and configurations. */
export class ProtectedFiles {
  readonly #fs: FileSystem;
  readonly #store: BlobStore;
  readonly #own: OwnFiles;

  private constructor(context: OwnFilesContext, own: OwnFiles) {
    this.#fs = context.fs;
    this.#store = context.store;
    this.#own = own;
  }

  /** Looks for the catalogs that use the root. */
  static async open(context: OwnFilesContext): Promise<ProtectedFiles> {
    return new ProtectedFiles(context, await createOwnFiles(context));
  }

  /** Why a regular file stays, as the end of "... it ..."; `undefined` for all others, and for what is gone. */
  async findObjection(key: BlobKey): Promise<string | undefined> {
    if (
      key
        .split("/")
        .slice(0, -1)
        .some((name) => name.startsWith("."))
    )
      return "lies in a folder whose name begins with a dot";
    const path = findLocalPath(this.#store.uriOf(key));
    if (path === undefined) return "is no file of this machine";
    if (CONFIGURATION.test(baseName(path))) return "is a configuration file";
    const isReadable = await this.#isReadable(key);
    if (!isReadable) return "cannot be read";
    const stat = await this.#fs.lstat(path);
    if (stat?.kind !== "file") return undefined;
    if (await isOfCatalog(this.#fs, path, stat)) return "belongs to a catalog";
    return this.#own.findObjection(path, stat, "move");
  }

  async #isReadable(key: BlobKey): Promise<boolean> {
    try {
      await this.#store.requireReadable(key);
      return true;
    } catch (error) {
      if (isCatalogError(error, "PERMISSION")) return false;
      throw error;
    }
  }
}
