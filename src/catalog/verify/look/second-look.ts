import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobStore, TakenBlob } from "../../../ports/blob-store.ts";
import type { CatalogContext } from "../../context.ts";
import { hashBlob } from "../../placing/stage-content.ts";
import { TrashByName } from "../../trash/trash-by-name.ts";
import { selectLeased } from "../verify-statements.ts";
import type { SeenBlob } from "./blob-reader.ts";
import { type Found, foundByError } from "./found.ts";

/** What a {@link SecondLook} works with. */
export interface SecondLookContext extends Pick<CatalogContext, "sql" | "hashers" | "clock"> {
  /** Where blobs below the root are. */
  readonly store: BlobStore | undefined;
}

/**
 * Looks again at what was found bad below the root: somebody may be placing it, or a collector have taken it out of its
 * name for a moment. An instance serves one run.
 */
export class SecondLook {
  readonly #context: SecondLookContext;
  readonly #trash: TrashByName | undefined;

  /** Has looked at nothing yet. */
  constructor(context: SecondLookContext) {
    this.#context = context;
    this.#trash = context.store && new TrashByName(context.store, context.clock);
  }

  /** Whether somebody works on a blob at this moment, so that it is worth a look when that is over. */
  async isInUse(uri: StorageUri, { place }: SeenBlob): Promise<boolean> {
    const { store, sql } = this.#context;
    const { key } = place;
    if (store === undefined || key === undefined) return false;
    const leased = await sql.query(selectLeased([...new Set([uri, place.uri])]), { fresh: true });
    return leased.length > 0 || this.#isKept(store, key);
  }

  /** What is there for whoever looks everywhere; a placeholder is nothing, and what a collector may give back is there. */
  async look({ place, found }: SeenBlob): Promise<Found> {
    const { store } = this.#context;
    const { key } = place;
    if (store === undefined || key === undefined) return found;
    if (found.kind !== "gone" && !(await this.#isKept(store, key))) return found;
    return (await this.#findInTrash(store, key)) ?? { kind: "gone" };
  }

  /** Whether something has come to a name since nothing was found there. */
  async hasCome({ place: { key } }: SeenBlob): Promise<boolean> {
    const { store } = this.#context;
    if (store === undefined || key === undefined) return false;
    return (await store.stat(key).catch(() => undefined)) !== undefined;
  }

  async #isKept(store: BlobStore, key: BlobKey): Promise<boolean> {
    // What cannot be looked at is no placeholder.
    return store.isKept(key).catch(() => false);
  }

  /** What is kept in the trash for people has lost its name. */
  async #findInTrash(store: BlobStore, key: BlobKey): Promise<Found | undefined> {
    const taken = (await this.#trash?.list(key))?.find(({ kept }) => !kept);
    if (taken === undefined) return undefined;
    try {
      return await this.#readTaken(store, taken);
    } catch (error) {
      return foundByError(error, store.uriOf(taken.at));
    }
  }

  async #readTaken(store: BlobStore, { at }: TakenBlob): Promise<Found | undefined> {
    const stat = await store.stat(at);
    const sha256 = await hashBlob(this.#context, store, at);
    return stat === undefined || sha256 === undefined ? undefined : { kind: "read", sha256, stat };
  }
}
