import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { QueryOptions, SqlResult, SqlRow, SqlStatement, SqlValue } from "../../../../ports/sql.ts";
import type { AppliedBatch } from "../protocol/catalog-replica.ts";
import { DeferredIndexes } from "./deferred-indexes.ts";
import { sqlError } from "./sql-error.ts";
import { startOfStatement, statementKind } from "./statement-kind.ts";
import type { SqlJsDatabase, SqlJsModule, SqlJsStatement } from "./vendor.ts";

/**
 * The file is in memory and rolling back is all that a journal is for here; what comes from a file is not trusted to
 * call functions. The cache counts in KiB when negative.
 */
const SETTINGS = `
PRAGMA trusted_schema = OFF;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -65536;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = MEMORY;
`;

/** When so many statements are prepared, those not used since half of them came are freed. */
const STATEMENTS_PER_GENERATION = 64;

/**
 * Bytes that nobody uses any more. sql.js copies what it is given by `slice`, unless that gives a view, as Node's
 * buffers do: then it takes the bytes themselves. It saves half the time and half the memory of opening.
 */
class HandedOverBytes extends Uint8Array<ArrayBufferLike> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.subarray(start, end);
    return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : super.slice(start, end);
  }
}

function handOver({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new HandedOverBytes(buffer, byteOffset, byteLength);
}

/** A statement, and whether it changes the database. */
interface PreparedStatement {
  readonly statement: SqlJsStatement;
  readonly writes: boolean;
}

/** A database in memory: all that the engine asks of sql.js. Every call is synchronous and throws {@link sqlError}s. */
export class Replica {
  readonly #db: SqlJsDatabase;
  readonly #path: string;
  #young = new Map<string, PreparedStatement>();
  #old = new Map<string, PreparedStatement>();
  readonly #indexes: DeferredIndexes;
  /** The file, as long as it is what the database is made of. */
  #source: Uint8Array | undefined;
  #broken = false;
  #control: { readonly begin: SqlJsStatement; readonly commit: SqlJsStatement } | undefined;

  /** `bytes` of a database file, which are handed over, or none for an empty database; `path` is for messages. */
  constructor(sqljs: SqlJsModule, options: { readonly path: string; readonly bytes?: Uint8Array | undefined }) {
    this.#path = options.path;
    try {
      this.#db = new sqljs.Database(options.bytes && handOver(options.bytes));
    } catch (error) {
      throw sqlError(error, options.path);
    }
    try {
      this.#db.run(SETTINGS);
    } catch (error) {
      this.#db.close();
      throw sqlError(error, options.path);
    }
    this.#indexes = new DeferredIndexes(this.#db);
    this.#source = options.bytes;
  }

  /** Whether a failure left the database in a state nobody knows; from then on it only gives errors. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * The bytes that it was made from.
   * @throws {TypeError} once anything has run that may change the database: it is made of these very bytes
   */
  source(): Uint8Array {
    if (this.#source === undefined) throw new TypeError("Cannot give the bytes of the file: something ran on it");
    return this.#source;
  }

  /** Whether the statement changes the database. */
  writes(sql: string): boolean {
    return this.#prepare(sql).writes;
  }

  /** What EXPLAIN QUERY PLAN says of a statement that may stand in a batch. */
  explain(sql: string): readonly SqlRow[] {
    this.#prepare(sql);
    return this.inspect(`EXPLAIN QUERY PLAN ${sql.slice(startOfStatement(sql))}`);
  }

  /** Runs one statement that reads; see `QueryOptions`. */
  query(statement: SqlStatement, { byKey = false }: Pick<QueryOptions, "byKey"> = {}): readonly SqlRow[] {
    this.#requireWhole();
    if (!byKey) this.#restoreIndexes();
    const prepared = this.#prepare(statement.sql);
    if (prepared.writes) throw new TypeError(`Cannot query ${quote(statement.sql)}: it is no SELECT`);
    return this.#rows(prepared, statement.parameters);
  }

  /**
   * Runs statements in order, all or none; what changes no row leaves nothing behind. `expectedRows` is that of
   * `BatchOptions`.
   */
  apply(statements: readonly SqlStatement[], expectedRows?: number): AppliedBatch {
    this.#requireWhole();
    this.#source = undefined;
    if (expectedRows === undefined) this.#restoreIndexes();
    else this.#changeIndexes(() => this.#indexes.defer(expectedRows));
    const control = this.#transaction();
    control.begin.step();
    try {
      const results: SqlResult[] = [];
      let changed = false;
      for (const statement of statements) {
        const prepared = this.#prepare(statement.sql);
        const rows = this.#rows(prepared, statement.parameters);
        const changes = prepared.writes ? this.#db.getRowsModified() : 0;
        if (changes > 0) changed = true;
        results.push({ rows, changes });
      }
      if (changed) this.#commit(control.commit);
      // Even what changes no row may leave its mark, for example in the counters of AUTOINCREMENT.
      else this.#rollBack();
      return { results, changed };
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Runs a script in one transaction; for the schema. */
  runScript(sql: string): void {
    this.#source = undefined;
    try {
      this.#db.run(`BEGIN;\n${sql}\n;COMMIT;`);
    } catch (error) {
      this.#rollBack();
      throw sqlError(error, this.#path);
    }
  }

  /** The rows of a statement that is run once and changes nothing, such as a PRAGMA. */
  inspect(sql: string): readonly SqlRow[] {
    this.#restoreIndexes();
    try {
      return this.#db.exec(sql)[0]?.values ?? [];
    } catch (error) {
      throw sqlError(error, this.#path);
    }
  }

  /** The database as the bytes of a file that stands for itself. */
  export(): Uint8Array {
    this.#requireWhole();
    this.#restoreIndexes();
    try {
      return this.#db.export();
    } catch (error) {
      throw sqlError(error, this.#path);
    }
  }

  /** Frees the memory. */
  close(): void {
    this.#source = undefined;
    this.#young.clear();
    this.#old.clear();
    this.#db.close();
  }

  #restoreIndexes(): void {
    if (this.#indexes.deferred) this.#changeIndexes(() => this.#indexes.restore());
  }

  #changeIndexes(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#rollBack();
      throw sqlError(error, this.#path);
    }
  }

  #rows(prepared: PreparedStatement, parameters: readonly SqlValue[] = []): SqlRow[] {
    const { statement } = prepared;
    const rows: SqlRow[] = [];
    try {
      // sql.js only reads the array, and a copy would cost as much as the look-up.
      statement.bind(parameters as SqlValue[]);
      // A statement that was stepped to its end holds nothing, so it is reset only by the next bind.
      while (statement.step()) rows.push(statement.get());
      return rows;
    } catch (error) {
      statement.reset();
      throw sqlError(error, this.#path);
    }
  }

  #transaction(): { readonly begin: SqlJsStatement; readonly commit: SqlJsStatement } {
    this.#control ??= { begin: this.#db.prepare("BEGIN"), commit: this.#db.prepare("COMMIT") };
    return this.#control;
  }

  #commit(commit: SqlJsStatement): void {
    try {
      commit.step();
    } catch (error) {
      commit.reset();
      throw sqlError(error, this.#path);
    }
  }

  #rollBack(): void {
    try {
      this.#db.run("ROLLBACK");
    } catch (error) {
      // Some failures roll back by themselves; any other here must not be taken for a clean database.
      if (!(error instanceof Error && error.message.includes("no transaction is active"))) this.#broken = true;
    }
  }

  #requireWhole(): void {
    if (!this.#broken) return;
    throw new CatalogError("BACKEND", `Cannot use the copy of ${quote(this.#path)} in memory: rolling back failed`, {
      details: { what: "sql.js", path: this.#path },
      hint: "Run the same command again: the catalog is read anew.",
    });
  }

  #prepare(sql: string): PreparedStatement {
    const young = this.#young.get(sql);
    if (young !== undefined) return young;
    const old = this.#old.get(sql);
    if (old !== undefined) this.#old.delete(sql);
    const prepared = old ?? this.#compile(sql);
    if (this.#young.size >= STATEMENTS_PER_GENERATION) {
      for (const { statement } of this.#old.values()) statement.free();
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sql, prepared);
    return prepared;
  }

  #compile(sql: string): PreparedStatement {
    const kind = statementKind(sql);
    try {
      const statement = this.#db.prepare(sql);
      // SQLite compiles up to the first semicolon and would never look at the rest.
      if (!/^[\s;]*$/.test(sql.slice(statement.getSQL().length))) {
        statement.free();
        throw new TypeError(`Cannot run ${quote(sql)}: it is more than one statement`);
      }
      return { statement, writes: kind === "with" ? this.#explainsWrite(sql) : kind === "write" };
    } catch (error) {
      throw sqlError(error, this.#path);
    }
  }

  /** SQLite's own answer, which sqlite3_stmt_readonly() would give: the program begins a write transaction. */
  #explainsWrite(sql: string): boolean {
    const program = this.#db.exec(`EXPLAIN ${sql.slice(startOfStatement(sql))}`)[0]?.values ?? [];
    return program.some(([, opcode, , p2]) => opcode === "Transaction" && p2 !== 0);
  }
}
