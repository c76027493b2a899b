import { quote } from "../../core/messages/quote.ts";
import { OWN_FOLDERS, parseBlobKey } from "../../core/naming/blob-key.ts";
import { isAbsolutePath } from "../../core/path.ts";
import { fileUriFromPath } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/** The URIs of a catalog's own files as far as their names tell, for callers that read nothing. */
export class OwnUris {
  readonly #catalog: string | undefined;
  readonly #starts: readonly string[];

  /** Those of the catalog that works with `store`. */
  constructor({ store, settings }: Pick<PlacingContext, "store" | "settings">) {
    const folders = Object.values(OWN_FOLDERS).map((name) => `${store.uriOf(parseBlobKey(name))}/`);
    const { catalogPath } = settings;
    const catalog = isAbsolutePath(catalogPath) ? fileUriFromPath(catalogPath) : undefined;
    this.#catalog = catalog;
    this.#starts = catalog === undefined ? folders : [...folders, `${catalog}.`, `${catalog}-`];
  }

  /** Lets every other URI pass. @throws {CatalogError} REFUSED for the URI of a file that belongs to the catalog */
  refuse(uri: unknown): void {
    if (typeof uri !== "string") return;
    if (uri !== this.#catalog && !this.#starts.some((start) => uri.startsWith(start))) return;
    throw new CatalogError("REFUSED", `Cannot register ${quote(uri)}: it belongs to a catalog that is in use`, {
      details: { guard: "own files" },
      hint: "Leave it out: what belongs to the catalog is no content.",
    });
  }
}
