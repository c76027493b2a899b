import { BLOB_STATES, type RetentionBlobs } from "../../../core/retention/retention-rows.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { CallOptions } from "../../call-options.ts";
import { findStoredIdentity } from "../../dedup/stored-identity.ts";
import type { NamesContext } from "../../files/canonical-name.ts";
import { findBlob } from "../../placing/find-blob.ts";
import type { DecideContext } from "./decide-context.ts";
import { selectPlacesOf } from "./decide-statements.ts";
import { TextNumbers } from "./numbers/text-numbers.ts";
import type { Retained } from "./read-retained.ts";

/** So many files are looked at at once. */
const FILES = 500;

/** Looks whether blobs are there, and which of them are names of one file. Their bytes are not read. */
export class BlobLooks {
  readonly #context: DecideContext;
  readonly #retained: Retained;
  /** What tells files apart, by number, and the first blob of each. */
  readonly #identities: TextNumbers;
  readonly #firsts: number[] = [];

  /** Has looked at none yet. */
  constructor(context: DecideContext, retained: Retained) {
    this.#context = context;
    this.#retained = retained;
    this.#identities = new TextNumbers(context.entropy.nonce());
  }

  /** Looks at some blobs; whether all of them are there, each a file of its own. */
  async look(asks: Int32Array, { signal }: CallOptions): Promise<boolean> {
    let asExpected = true;
    for (let at = 0; at < asks.length; at += FILES) {
      signal?.throwIfAborted();
      const blobs = [...asks.subarray(at, at + FILES)];
      const uris = await this.#findUris(blobs, signal);
      const found = await Promise.all(blobs.map((blob) => this.#identify(blob, uris.get(blob))));
      for (const [index, blob] of blobs.entries()) if (!this.#note(blob, found[index])) asExpected = false;
    }
    return asExpected;
  }

  async #findUris(blobs: readonly number[], signal: AbortSignal | undefined): Promise<ReadonlyMap<number, StorageUri>> {
    const { input, places } = this.#retained;
    const ids = blobs.map((blob) => input.rows.ids[places.rowOf(blob)] as number);
    const rows = await this.#context.sql.query(selectPlacesOf(ids), { signal });
    return new Map(rows.map(([, uri]) => [places.find(String(uri)), String(uri) as StorageUri]));
  }

  /** A row that names another place by now says nothing about this one. */
  async #identify(blob: number, uri: StorageUri | undefined): Promise<string | undefined> {
    const bytes = this.#retained.input.blobs.bytes[blob] as number;
    return uri === undefined ? undefined : findIdentity(this.#context, uri, bytes);
  }

  #note(blob: number, identity: string | undefined): boolean {
    const { states, files }: RetentionBlobs = this.#retained.input.blobs;
    states[blob] = identity === undefined ? BLOB_STATES.bad : BLOB_STATES.good;
    if (identity === undefined) return false;
    const file = this.#identities.add(identity);
    const first = this.#firsts[file] ?? blob;
    this.#firsts[file] = first;
    files[blob] = first;
    return first === blob;
  }
}

/** What tells a blob from others; `undefined` where there is none of that size. What nobody here can look at is there. */
async function findIdentity(
  { fs, store }: NamesContext,
  uri: StorageUri,
  sizeBytes: number,
): Promise<string | undefined> {
  const key = /^file:/i.test(uri) ? undefined : store?.findKey(uri);
  if (store === undefined || key === undefined) return findStoredIdentity(fs, uri, sizeBytes);
  const stat = await findBlob({ store }, key);
  return stat?.sizeBytes === sizeBytes ? `blob ${stat.identity}` : undefined;
}
