import type { Sha256 } from "../../../core/sha256.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { selectPinnedBlobs } from "../../pins/pin-rows-statements.ts";
import { BEFORE_ALL } from "../../records/columns.ts";

/** Catalogs with an older schema have no pins. */
const SCHEMA_WITH_PINS = 5;

/** So many pins are read at once. */
const PAGE = 5000;

/** So much of a hash is on record of bytes that a catalog placed. */
const START = 16;

/** The hashes that are pinned. What names have such bytes is not known: most hashes are those of rows. */
export class LivePins {
  readonly #hashes = new Set<string>();
  readonly #starts = new Set<string>();

  /** Whether bytes with a hash stay. */
  has(sha256: Sha256): boolean {
    return this.#hashes.has(sha256);
  }

  /** Whether bytes may stay whose hash begins so, with 16 characters or more. */
  mayHave(sha256Start: string): boolean {
    return this.#starts.has(sha256Start.slice(0, START));
  }

  /** Adds what a catalog has pinned, whatever anybody committed before; gives the places that it has pinned. */
  async read(sql: SqlEngine, { signal }: CallOptions): Promise<readonly string[]> {
    const places: string[] = [];
    if ((await sql.describe()).schemaVersion < SCHEMA_WITH_PINS) return places;
    for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
      const rows = await sql.query(selectPinnedBlobs(after, PAGE), { fresh: true, signal });
      for (const [, kind, target] of rows) {
        if (kind === "uri") places.push(String(target));
        else this.#add(String(target));
      }
      after = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
    }
    return places;
  }

  #add(sha256: string): void {
    this.#hashes.add(sha256);
    this.#starts.add(sha256.slice(0, START));
  }
}
