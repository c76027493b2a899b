import type { RetentionInput } from "./retention-rows.ts";

/** Which rows name one blob, of those that have a time. */
export class RowsOfBlobs {
  readonly #blobs: Int32Array;
  /** The newest row of each blob, and the next older one of each row; -1 for none. */
  readonly #newest: Int32Array;
  readonly #older: Int32Array;

  /** `order` has the rows, the oldest first. */
  constructor({ rows, blobs }: RetentionInput, order: Int32Array) {
    this.#blobs = rows.blobs;
    this.#newest = new Int32Array(blobs.size).fill(-1);
    this.#older = new Int32Array(rows.size);
    for (const row of order) {
      const blob = rows.blobs[row] as number;
      this.#older[row] = this.#newest[blob] as number;
      this.#newest[blob] = row;
    }
  }

  /** Whether no row that names the same blob is newer. */
  isNewest(row: number): boolean {
    return this.#newest[this.#blobs[row] as number] === row;
  }

  /** The next older row that names the same blob; -1 for none. */
  olderThan(row: number): number {
    return this.#older[row] as number;
  }
}
