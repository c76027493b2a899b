import type { SqlResult, SqlRow, SqlStatement } from "../../ports/sql.ts";

/** Results of a batch, taken in the order of its statements. */
export class ResultReader {
  #at = 0;
  readonly #results: readonly SqlResult[];

  /** Begins with the first of them. */
  constructor(results: readonly SqlResult[]) {
    this.#results = results;
  }

  /** Whether the next statement changed a row. */
  changed(): boolean {
    return (this.#results[this.#at++]?.changes ?? 0) > 0;
  }

  /** The row that the next statement gave. */
  row(): SqlRow | undefined {
    return this.#results[this.#at++]?.rows[0];
  }

  /** The rows that the next statements gave, so many. */
  rows({ length }: readonly SqlStatement[]): readonly SqlRow[] {
    const rows: SqlRow[] = [];
    for (const end = this.#at + length; this.#at < end; this.#at++) rows.push(...(this.#results[this.#at]?.rows ?? []));
    return rows;
  }

  /** Passes over the results of some statements. */
  skip({ length }: readonly SqlStatement[]): void {
    this.pass(length);
  }

  /** Passes over so many results. */
  pass(count: number): void {
    this.#at += count;
  }
}
