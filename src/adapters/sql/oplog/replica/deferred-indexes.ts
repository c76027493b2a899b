import type { SqlJsDatabase } from "./vendor.ts";

/** About what a row of the catalog takes with its indexes. */
const BYTES_PER_ROW = 800;

/** Indexes that nobody is refused a row by: a unique one, or one of a constraint, has a say in what is stored. */
const FIND_INDEXES = `SELECT name, sql FROM sqlite_schema
  WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE %' ORDER BY rowid`;

const FIND_SIZE = `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`;

/**
 * Indexes that are dropped while many rows come in and built when somebody needs them: to build an index over all rows
 * costs less than half of keeping it up row by row. Both are transactions of their own, so a failure leaves them as
 * they were.
 */
export class DeferredIndexes {
  readonly #db: SqlJsDatabase;
  #statements: readonly string[] = [];

  /** No index of `db` is put off yet. */
  constructor(db: SqlJsDatabase) {
    this.#db = db;
  }

  /** Whether indexes are missing now. */
  get deferred(): boolean {
    return this.#statements.length > 0;
  }

  /** Drops the indexes if so many rows are to come that building them again is cheaper: at least as many as there are. */
  defer(expectedRows: number): void {
    if (this.deferred) return;
    const [[sizeBytes] = []] = this.#db.exec(FIND_SIZE)[0]?.values ?? [];
    if (expectedRows * BYTES_PER_ROW < Number(sizeBytes)) return;
    const found = this.#db.exec(FIND_INDEXES)[0]?.values ?? [];
    this.#run(found.map(([name]) => `DROP INDEX "${String(name).replaceAll('"', '""')}"`));
    this.#statements = found.map(([, sql]) => String(sql));
  }

  /** Builds what is missing, in the order in which it stood. */
  restore(): void {
    if (!this.deferred) return;
    this.#run(this.#statements);
    this.#statements = [];
  }

  #run(statements: readonly string[]): void {
    this.#db.run(["BEGIN", ...statements, "COMMIT"].join(";\n"));
  }
}
