import type { CompletePolicy } from "../../../core/retention/policy.ts";
import {
  BLOB_STATES,
  type RetentionInput,
  type RetentionVariants,
  ROW_FLAGS,
} from "../../../core/retention/retention-rows.ts";
import type { CallOptions } from "../../call-options.ts";
import { selectLeased } from "../../collect/live/live-statements.ts";
import type { DecideContext } from "./decide-context.ts";
import type { NeededColumns } from "./decide-statements.ts";
import {
  countRows,
  selectBad,
  selectOtherPins,
  selectPinnedPlaces,
  selectRetained,
  selectRetainedVariants,
} from "./decide-statements.ts";
import { grown } from "./numbers/grown.ts";
import { PlaceNumbers } from "./numbers/place-numbers.ts";
import { RowNumbers } from "./numbers/row-numbers.ts";
import { readInPages } from "./read-in-pages.ts";

/** So many rows are read at once: few enough that they are gone before the next ones come. */
const PAGE = 500;

/** A catalog as numbers. */
export interface Retained {
  /** What is decided about. */
  readonly input: RetentionInput;
  /** Where its rows are found by id. */
  readonly rows: RowNumbers;
  /** Where its blobs are found by URI. */
  readonly places: PlaceNumbers;
}

/** Options of {@link readRetained}. */
export interface ReadRetainedOptions extends CallOptions {
  /** Told now and then how many rows were read. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Reads all that a decision goes by, but for files: a few numbers for each row. */
export async function readRetained(
  context: DecideContext,
  policy: CompletePolicy,
  options: ReadRetainedOptions,
): Promise<Retained> {
  const [counted] = await context.sql.query(countRows(), { fresh: true, signal: options.signal });
  return new Reader(context, policy, { ...options, expected: Number(counted?.[0]) }).read();
}

class Reader {
  readonly #context: DecideContext;
  readonly #policy: CompletePolicy;
  readonly #options: ReadRetainedOptions;
  readonly #places: PlaceNumbers;
  readonly #rows: RowNumbers;
  #variantRows = new Int32Array(0);
  #variantBlobs = new Int32Array(0);
  #variants = 0;

  constructor(
    context: DecideContext,
    policy: CompletePolicy,
    options: ReadRetainedOptions & { readonly expected: number },
  ) {
    const { expected } = options;
    this.#context = context;
    this.#policy = policy;
    this.#options = options;
    this.#places = new PlaceNumbers(context, context.entropy.nonce(), expected);
    this.#rows = new RowNumbers(policy, this.#places, { seed: context.entropy.nonce(), expected });
  }

  async read(): Promise<Retained> {
    const { sql } = this.#context;
    const { signal, onProgress } = this.#options;
    const { resolvers, contentTypes, runIds } = this.#policy;
    const pins = (await sql.query(selectOtherPins(), { fresh: true, signal })).length > 0;
    const needed: NeededColumns = {
      resolver: resolvers !== undefined,
      contentType: contentTypes !== undefined,
      runId: runIds !== undefined,
      pins,
    };
    const options = { size: PAGE, signal };
    for await (const page of readInPages(sql, (request) => selectRetained(needed, request), options)) {
      for (const row of page) this.#rows.add(row);
      onProgress?.(this.#rows.size);
    }
    for await (const page of readInPages(sql, (request) => selectRetainedVariants(needed, request), options)) {
      for (const [, documentId, uri, bytes, isPinned] of page) {
        if (typeof uri === "string") this.#addVariant(this.#rows.find(Number(documentId)), uri, Number(bytes ?? 0));
        if (isPinned === 1) this.#holdRow(Number(documentId), ROW_FLAGS.pinned);
      }
    }
    await this.#readHolds();
    const blobs = this.#places.list();
    await this.#readBad(blobs.states);
    return {
      input: { rows: this.#rows.list(), variants: this.#listVariants(), blobs },
      rows: this.#rows,
      places: this.#places,
    };
  }

  #holdRow(id: number, flag: number): void {
    const row = this.#rows.find(id);
    if (row >= 0) this.#rows.hold(row, flag);
  }

  /** A variant of a row that is not there keeps nothing. */
  #addVariant(row: number, uri: string, bytes: number): void {
    if (row < 0) return;
    if (this.#variants >= this.#variantRows.length) {
      this.#variantRows = grown(this.#variantRows, (size) => new Int32Array(size));
      this.#variantBlobs = grown(this.#variantBlobs, (size) => new Int32Array(size));
    }
    this.#variantRows[this.#variants] = row;
    this.#variantBlobs[this.#variants] = this.#places.add(uri, bytes);
    this.#variants += 1;
  }

  #listVariants(): RetentionVariants {
    const size = this.#variants;
    return { size, rows: this.#variantRows.subarray(0, size), blobs: this.#variantBlobs.subarray(0, size) };
  }

  /** Leases and pins of places hold the rows that name these, or that have variants which do. */
  async #readHolds(): Promise<void> {
    const { sql } = this.#context;
    const { signal } = this.#options;
    const held = new Uint8Array(this.#places.size);
    const hold = (uri: unknown, flag: number): void => {
      const place = this.#places.find(String(uri));
      if (place >= 0) held[place] = (held[place] as number) | flag;
    };
    for (let after: string | undefined = ""; after !== undefined; ) {
      const page = await sql.query(selectLeased(after, PAGE), { fresh: true, signal });
      for (const [, uri] of page) hold(uri, ROW_FLAGS.leased);
      after = page.length < PAGE ? undefined : String(page.at(-1)?.[0]);
    }
    for await (const page of readInPages(sql, selectPinnedPlaces, { size: PAGE, signal })) {
      for (const [, uri] of page) hold(uri, ROW_FLAGS.pinned);
    }
    this.#passOn(held);
  }

  #passOn(held: Uint8Array): void {
    const { blobs, size } = this.#rows.list();
    for (let row = 0; row < size; row++) {
      const flag = held[blobs[row] as number];
      if (flag !== undefined && flag !== 0) this.#rows.hold(row, flag);
    }
    for (let variant = 0; variant < this.#variants; variant++) {
      const flag = held[this.#variantBlobs[variant] as number] as number;
      if (flag !== 0) this.#rows.hold(this.#variantRows[variant] as number, flag);
    }
  }

  async #readBad(states: Uint8Array): Promise<void> {
    const { sql } = this.#context;
    for (let after: readonly [string, number] | undefined = ["", 0]; after !== undefined; ) {
      const page = await sql.query(selectBad(...after, PAGE), { signal: this.#options.signal });
      for (const [, , uri] of page) {
        const place = this.#places.find(String(uri));
        if (place >= 0) states[place] = BLOB_STATES.bad;
      }
      const last = page.at(-1);
      after = page.length < PAGE || last === undefined ? undefined : [String(last[0]), Number(last[1])];
    }
  }
}
