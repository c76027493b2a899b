import { quote } from "../../core/messages/quote.ts";
import { OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { isAbsolutePath } from "../../core/path.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { CanonicalNames } from "./canonical-name.ts";

/** The URIs of a catalog's own files as far as their names tell, for callers that read nothing. */
export class OwnUris {
  readonly #context: Pick<PlacingContext, "fs" | "store" | "settings">;
  readonly #folders: readonly string[];
  #catalogs: Promise<readonly string[]> | undefined;

  /** Those of the catalog that works with `store`. */
  constructor(context: Pick<PlacingContext, "fs" | "store" | "settings">) {
    this.#context = context;
    this.#folders = Object.values(OWN_FOLDERS).map((name) => `${context.store.uriOf(parseBlobKey(name))}/`);
  }

  /** Lets every other URI pass, which is canonical. @throws {CatalogError} REFUSED for one of a file of the catalog */
  async refuse(uri: StorageUri): Promise<void> {
    this.#catalogs ??= this.#findCatalogs();
    const isOwn =
      this.#folders.some((start) => uri.startsWith(start)) ||
      (await this.#catalogs).some((each) => uri === each || uri.startsWith(`${each}.`) || uri.startsWith(`${each}-`));
    if (!isOwn) return;
    throw new CatalogError("REFUSED", `Cannot register ${quote(uri)}: it belongs to a catalog that is in use`, {
      details: { guard: "own files" },
      hint: "Leave it out: what belongs to the catalog is no content.",
    });
  }

  /** The catalog as it is called, and what that leads to where it is a symlink. */
  async #findCatalogs(): Promise<readonly string[]> {
    const { catalogPath } = this.#context.settings;
    if (!isAbsolutePath(catalogPath)) return [];
    const names = new CanonicalNames(this.#context);
    const places = [await names.locatePath(catalogPath), await names.locatePath(catalogPath, { follow: true })];
    return [...new Set(places.map(({ uri }) => uri))];
  }
}
