/** What a parameter or a column can be. Integers are safe ones: up to 2^53 - 1. */
export type SqlValue = string | number | null | Uint8Array;

/** One row; the values stand in the order of the statement's result columns. */
export type SqlRow = readonly SqlValue[];

/**
 * One statement with its parameters, which stand as `?` in the text, in order. It carries every clock value and random
 * value as a parameter and has an ORDER BY wherever it has a LIMIT, so that running it again gives the same bytes.
 */
export interface SqlStatement {
  /** One statement, in the SQL that SQLite and PostgreSQL share. */
  readonly sql: string;
  /** One a `?`. @default none */
  readonly parameters?: readonly SqlValue[];
}

/** What a statement of a batch did. */
export interface SqlResult {
  /** What a SELECT or RETURNING gives; empty for any other statement. */
  readonly rows: readonly SqlRow[];
  /** Rows inserted, updated or deleted by the statement itself (not by cascades); 0 for a SELECT. */
  readonly changes: number;
}

/** One step of the schema. Versions start at 1 and have no gaps. */
export interface Migration {
  /** The schema has this version when the step is done. */
  readonly version: number;
  /** For messages and for people, like `documents`. */
  readonly name: string;
  /** Its statements, with semicolons between them. */
  readonly sql: string;
  /**
   * What SQLite has in `sqlite_schema` when this step and those before it are done: type, name, table and statement of
   * each row, in order. A file that has these rows needs no closer look. @default found out by running the steps
   */
  readonly sqliteSchema?: readonly SqlRow[] | undefined;
}

/** Options of {@link SqlEngine.batch}. */
export interface BatchOptions {
  /** Ends the wait for the lock; see {@link SqlEngine.batch}. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `true`: resolves when the batch is durable. `false`: resolves when it was applied: from then on every process sees
   * it, with {@link QueryOptions.fresh} at once, and it outlives this one. It becomes durable with the next durable
   * batch or {@link SqlEngine.sync} of whoever saw it, whole and in order; until then a power failure loses it whole.
   * @default true
   */
  readonly durable?: boolean | undefined;
  /**
   * A hint, given with a batch that belongs to a long row of such: about how many rows this one and those behind it
   * will add. Until a call without it, or {@link SqlEngine.sync}, an engine may put off keeping up indexes that only
   * make reading faster; so the statements find rows by primary and unique keys. Results are the same with and without.
   */
  readonly expectedRows?: number | undefined;
  /**
   * The batch belongs to what makes room, as removals do. On a full disk it, and what runs together with it, may use the
   * room that is kept back for that.
   * @default false
   */
  readonly makesRoom?: boolean | undefined;
  /** Told of the commit before the call resolves, or rejects as nobody knows whether it is durable. An engine may tell nobody. */
  readonly onCommitted?: ((commit: SqlCommit) => void) | undefined;
}

/** The commit that a batch was part of. */
export interface SqlCommit {
  /** How many commits the database contains with it, as {@link SqlEngineInfo.sequence} counts them. */
  readonly sequence: number;
  /** No other batch was committed together with it. */
  readonly alone: boolean;
}

/** Options of calls that only read. */
export interface QueryOptions {
  /** Rejects with `signal.reason` when it is aborted before the SELECT has begun. */
  readonly signal?: AbortSignal | undefined;
  /**
   * See all that anybody committed before the call, whoever believes to hold a lock; else what others committed may be
   * missed for a moment, and for as long as this engine holds the lock.
   * @default false
   */
  readonly fresh?: boolean | undefined;
  /**
   * A hint: the statement finds rows by primary and unique keys, so that an engine need not build other indexes that it
   * has put off (see {@link BatchOptions.expectedRows}). Results are the same with and without.
   * @default false
   */
  readonly byKey?: boolean | undefined;
}

/** What {@link SqlEngine.describe} tells. */
export interface SqlEngineInfo {
  /** For people, like `sql.js 3.49.1`. */
  readonly name: string;
  /** The version of the last migration that the database has. */
  readonly schemaVersion: number;
  /**
   * How many commits it contains of all since it was created. It only rises, over checkpoints, migrations and copies;
   * batches that were committed together count once, and one that changed nothing does not count.
   */
  readonly sequence: number;
  /** Size of the database in bytes, as far as the engine can tell. */
  readonly sizeBytes: number;
}

/** What {@link SqlEngine.sizes} tells. */
export interface SqlSizes {
  /** Which database it is: one object for all who have it open in a process. */
  readonly of: object;
  /** Size of what was committed and is kept beside the file, in bytes. */
  readonly logBytes: number;
  /** Size of the database file, in bytes. */
  readonly fileBytes: number;
}

/** What {@link SqlEngine.checkpoint} did. */
export interface SqlCheckpoint {
  /** How many committed batches it brought into the database file; 0 when there was nothing to do. */
  readonly batches: number;
  /** How large the log was that is gone now, in bytes; 0 when there was none. */
  readonly logBytes: number;
  /** Size of the database file, in bytes. */
  readonly sizeBytes: number;
}

/**
 * What {@link SqlEngine.check} tells:
 * - `integrity`: pages, rows or indexes are not what they should be
 * - `foreign_key`: rows refer to rows that are not there
 * - `log`: what was committed and kept beside the database cannot be read, or not all of it
 * - `leftover`: something that a process left which is gone; it harms nothing
 */
export type SqlDamageKind = "integrity" | "foreign_key" | "log" | "leftover";

/** Something in a database, or beside it, that should not be so. */
export interface SqlDamage {
  /** What it is about. */
  readonly kind: SqlDamageKind;
  /** What is wrong, as a sentence without its full stop. */
  readonly message: string;
  /** The file or folder that it is about; `undefined` where that is the database itself. */
  readonly path?: string | undefined;
  /** Size of a leftover, in bytes. */
  readonly bytes?: number | undefined;
  /** The table whose rows refer to nothing. */
  readonly table?: string | undefined;
}

/** Options of {@link SqlEngine.check}. */
export interface CheckOptions {
  /** Rejects with `signal.reason` between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A relational database that takes batches. All failures are {@link CatalogError}s: `BUSY` when another process holds
 * the lock longer than the busy timeout, `READ_ONLY`, `NO_SPACE`, `PERMISSION`, `CONFLICT` for a violated constraint,
 * `CORRUPT`, `SCHEMA_TOO_NEW`, `NOT_COMMITTED`, `OUTCOME_UNKNOWN`, `CLOSED`, `BACKEND`.
 */
export interface SqlEngine {
  /**
   * Runs the statements in order, all or none, isolated from other batches; resolves as `durable` says, with one
   * result a statement. When a statement fails the batch leaves nothing behind. An abort before the batch has begun
   * rejects with `signal.reason`; later it has no effect. Calls may overlap; they run in the order they were made.
   */
  batch(statements: readonly SqlStatement[], options?: BatchOptions): Promise<readonly SqlResult[]>;
  /** Runs one SELECT over what is committed; it may see what is applied but not durable yet. */
  query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]>;
  /**
   * Resolves when everything applied before the call is durable; in an opening for reading, everything that it has seen,
   * whoever applied it. That one writes nothing.
   * @throws {CatalogError} OUTCOME_UNKNOWN when the device did not confirm it
   */
  sync(): Promise<void>;
  /**
   * Brings what is committed into one file that any SQLite tool can read and that can be copied, as far as the engine
   * keeps it elsewhere. Changes nothing that a query sees; when it fails nothing is lost.
   */
  checkpoint(): Promise<SqlCheckpoint>;
  /**
   * Looks whether the database is whole, its references lead somewhere, and what is kept beside it can be read; and for
   * what dead processes left. Each step is done when it is asked for, and changes nothing. Large databases are looked
   * through without comparing each index with its table. What cannot be looked at because of damage is damage, too.
   */
  check(options?: CheckOptions): AsyncIterable<SqlDamage>;
  /** Which engine it is, and how far and how large the database is now. */
  describe(): Promise<SqlEngineInfo>;
  /** The sizes of its files, as far as they are known without a look; missing where the engine is elsewhere. */
  sizes?(): SqlSizes | undefined;
  /** Makes everything durable and releases files and locks. Closing twice is safe; later calls reject with `CLOSED`. */
  close(): Promise<void>;
}
