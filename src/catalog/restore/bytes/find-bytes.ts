import { asCatalogError } from "../../../core/messages/file-error.ts";
import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStore, TakenBlob } from "../../../ports/blob-store.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import type { NamedPlace } from "../../files/canonical-name.ts";
import { hashFile } from "../../files/hash-file.ts";
import { findBlob } from "../../placing/find-blob.ts";
import { hashBlob } from "../../placing/stage-content.ts";
import { TrashByName } from "../../trash/trash-by-name.ts";

/** Bytes that are looked for. */
export interface SoughtBytes {
  /** How many they are; `null` where nobody knows. */
  readonly bytes: number | null;
  /** What their hash begins with; `undefined` where nobody knows: then their size has to do. */
  readonly hash: string | undefined;
}

/**
 * Where bytes are:
 * - `place`: under the name that they had
 * - `trash`: in the trash, in what is kept there, or what a collector left that is gone
 * - `held`: a collector that may be alive has them
 * - `nowhere`: neither, or they cannot be read
 */
export type BytesFound =
  | { readonly where: "place"; readonly bytes: number }
  | { readonly where: "trash"; readonly taken: TakenBlob }
  | { readonly where: "held" | "nowhere" };

/** What keeps single bytes from being read. */
const UNREADABLE = ["NOT_FOUND", "PERMISSION", "REFUSED", "BACKEND", "UNSUPPORTED"] as const;

/** Finds bytes under their name, and in the trash of the root. A hash is never assumed: the bytes are read. */
export class FindBytes {
  readonly #context: CapabilityContext;
  readonly #trash: TrashByName | undefined;

  /** Has looked at nothing yet. */
  constructor(context: CapabilityContext) {
    this.#context = context;
    this.#trash = context.placing && new TrashByName(context.placing.store, context.clock);
  }

  /** Looks for bytes that had a place. */
  async find(place: NamedPlace, sought: SoughtBytes): Promise<BytesFound> {
    const atPlace = await this.#lookAt(place, sought);
    if (atPlace !== undefined) return { where: "place", bytes: atPlace };
    const { key } = place;
    const store = this.#context.placing?.store;
    const trash = this.#trash;
    if (store === undefined || trash === undefined || key === undefined || !store.capabilities.take) {
      return { where: "nowhere" };
    }
    const all = await trash.list(key);
    const free = all.filter((taken) => this.#isFree(taken));
    for (const taken of free) {
      if (isSized(taken.stat.sizeBytes, sought) && (await this.#isHashed(store, taken.at, sought))) {
        return { where: "trash", taken };
      }
    }
    // Who gives a blob back may have done so between the two looks.
    const again = await this.#lookAt(place, sought);
    if (again !== undefined) return { where: "place", bytes: again };
    const isHeld = free.length < all.length || (all.length === 0 && (await store.isKept(key)));
    return { where: isHeld ? "held" : "nowhere" };
  }

  /** What lies in the trash under a name and may be given back, what is kept before what was left. */
  async listFree(key: BlobKey): Promise<readonly TakenBlob[]> {
    const all = await this.#trash?.list(key);
    return all?.filter((taken) => this.#isFree(taken)) ?? [];
  }

  /** A blob lies in the trash no more. */
  remove(taken: TakenBlob): void {
    this.#trash?.remove(taken);
  }

  /** What was known of the trash is not so any more. */
  forget(): void {
    this.#trash?.forget();
  }

  /** Nothing is taken from a collector that may be alive: it decides itself. */
  #isFree({ kept, owner }: TakenBlob): boolean {
    return kept || this.#context.processes.isAlive(owner) === false;
  }

  /** The size of what has a name, if these are the bytes. */
  async #lookAt({ key, path }: NamedPlace, sought: SoughtBytes): Promise<number | undefined> {
    const { fs, placing } = this.#context;
    const store = placing?.store;
    return this.#readable(path ?? "", async () => {
      if (store !== undefined && key !== undefined) {
        const stat = await findBlob({ store }, key);
        if (stat === undefined || !isSized(stat.sizeBytes, sought)) return undefined;
        return (await this.#isHashed(store, key, sought)) ? stat.sizeBytes : undefined;
      }
      const stat = path === undefined ? undefined : await fs.stat(path);
      if (path === undefined || stat?.kind !== "file" || !isSized(stat.sizeBytes, sought)) return undefined;
      if (sought.hash === undefined) return stat.sizeBytes;
      const hashed = await hashFile(this.#context, path);
      return hashed.stable && hashed.sha256.startsWith(sought.hash) ? hashed.sizeBytes : undefined;
    });
  }

  async #isHashed(store: BlobStore, at: BlobKey, { hash }: SoughtBytes): Promise<boolean> {
    if (hash === undefined) return true;
    const sha256 = await this.#readable(at, () => hashBlob(this.#context, store, at));
    return sha256?.startsWith(hash) ?? false;
  }

  /** Reads something; `undefined` for what cannot be read. */
  async #readable<Value>(path: string, read: () => Promise<Value | undefined>): Promise<Value | undefined> {
    try {
      return await read();
    } catch (cause) {
      const error = asCatalogError(cause, { verb: "read", path });
      if (UNREADABLE.some((code) => isCatalogError(error, code))) return undefined;
      throw error;
    }
  }
}

function isSized(sizeBytes: number, { bytes }: SoughtBytes): boolean {
  return bytes === null || sizeBytes === bytes;
}
