import type { Sha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { type FoundContent, findIntact } from "../../ingest/find-or-place.ts";
import type { PlacingContext } from "../../placing/placing-context.ts";

/** Bytes as a row has them on record. */
export interface KnownBytes {
  /** Where the row says that they are. */
  readonly storageUri: StorageUri;
  /** Size in bytes. */
  readonly bytes: number | null;
  /** Their digest, or `null` where the row has none. */
  readonly sha256: Sha256 | null;
}

/** Bytes of a file that is not where its line says. */
export type MovedBytes = KnownBytes & { readonly bytes: number };

/** Bytes that were found in the store, and what keeps them there. */
export type FoundMoved = MovedBytes & Pick<FoundContent, "lease">;

/** So many files are remembered, the last ones; another line about an earlier one reports it as gone. */
const MAX_FILES = 100_000;

/**
 * Where the bytes of files are that an import moved, now or before it was cut short: another line may name the same
 * file. That some bytes have the hash of a line does not count: the file may never have been there.
 */
export class MovedFiles {
  readonly #files = new Map<string, MovedBytes>();

  /** Remembers what was at an absolute path. */
  add(path: string, moved: MovedBytes): void {
    const [oldest] = this.#files.size >= MAX_FILES ? this.#files.keys() : [];
    if (oldest !== undefined) this.#files.delete(oldest);
    this.#files.set(path, moved);
  }

  /** What was at a path, if it is in the store still; `row` is what the key of the line has on record. */
  async find(context: PlacingContext, path: string, row: KnownBytes | undefined): Promise<FoundMoved | undefined> {
    const { storageUri, bytes = null, sha256 = null } = row ?? this.#files.get(path) ?? {};
    if (storageUri === undefined || bytes === null) return undefined;
    const known = { storageUri, bytes, sha256 };
    // Nothing goes on this evidence: the file is gone already.
    const found = await findIntact(context, known, { content: known, isLast: false });
    if (found === undefined) return undefined;
    this.add(path, known);
    return { ...known, lease: found.lease };
  }
}
