import type { BlobKey } from "../../../../core/naming/blob-key.ts";
import { canonicalUriText } from "../../../../core/naming/canonical-uri.ts";
import { BLOB_STATES, type RetentionBlobs } from "../../../../core/retention/retention-rows.ts";
import type { StorageUri } from "../../../../core/storage-uri.ts";
import { CanonicalNames, type NamesContext } from "../../../files/canonical-name.ts";
import { grown } from "./grown.ts";
import { TextNumbers } from "./text-numbers.ts";

/** What rows name, each place once, however it is written. */
export class PlaceNumbers {
  readonly #store: NamesContext["store"];
  readonly #names: CanonicalNames;
  readonly #numbers: TextNumbers;
  #bytes: Float64Array;
  #inRoot: Uint8Array;
  #firstRows: Int32Array;

  /** Has none yet, and room for `expected` places. */
  constructor(context: NamesContext, seed: string, expected: number) {
    this.#store = context.store;
    this.#names = new CanonicalNames(context);
    this.#numbers = new TextNumbers(seed, expected);
    this.#bytes = new Float64Array(expected);
    this.#inRoot = new Uint8Array(expected);
    this.#firstRows = new Int32Array(expected);
  }

  /** How many places there are. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The number of a place; `bytes` is its size by this record. */
  add(uri: string, bytes: number): number {
    const text = this.#textOf(uri);
    const place = this.#numbers.add(text);
    if (place >= this.#bytes.length) this.#grow();
    if (text.startsWith("/") || this.#names.isInRoot(text as StorageUri)) this.#inRoot[place] = 1;
    if (bytes > (this.#bytes[place] as number)) this.#bytes[place] = bytes;
    return place;
  }

  /** The number of a place that some row or variant names; -1 for any other one. */
  find(uri: string): number {
    return this.#numbers.find(this.#textOf(uri));
  }

  /** Remembers a row of which the URI of a place can be read again. */
  setRow(place: number, row: number): void {
    this.#firstRows[place] = row;
  }

  /** See {@link setRow}. */
  rowOf(place: number): number {
    return this.#firstRows[place] as number;
  }

  /** What is known of all places: nobody has looked at any. */
  list(): RetentionBlobs {
    const { size } = this;
    return {
      size,
      bytes: this.#bytes,
      inRoot: this.#inRoot,
      states: new Uint8Array(size).fill(BLOB_STATES.unseen),
      files: new Int32Array(size).map((_, place) => place),
    };
  }

  /** One text for all ways to write a place. That of a key begins with a slash, as no URI does; most are told at once. */
  #textOf(uri: string): string {
    const key = this.#names.keyAtOnce(uri);
    if (key !== undefined) return this.#textOfKey(key);
    const canonical = canonicalUriText(uri as StorageUri);
    const written = this.#names.keyAtOnce(canonical);
    return written === undefined ? canonical : this.#textOfKey(written);
  }

  #textOfKey(key: BlobKey): string {
    return `/${this.#store?.comparableKey(key)}`;
  }

  #grow(): void {
    this.#bytes = grown(this.#bytes, (size) => new Float64Array(size));
    this.#inRoot = grown(this.#inRoot, (size) => new Uint8Array(size));
    this.#firstRows = grown(this.#firstRows, (size) => new Int32Array(size));
  }
}
