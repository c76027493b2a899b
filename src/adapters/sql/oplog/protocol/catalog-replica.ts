import type { QueryOptions, SqlResult, SqlRow, SqlStatement } from "../../../../ports/sql.ts";

/** Up to where a database contains everything that happened. */
export interface LogPosition {
  /** The id that the catalog has had since it was created. */
  readonly catalogId: string;
  /** Of the last batch that it contains; 0 for a new catalog. */
  readonly sequence: number;
  /** The chain value of that batch, in hexadecimal characters. */
  readonly chain: string;
}

/** What a batch did, and whether the database is another one now. */
export interface AppliedBatch {
  /** One for each statement. */
  readonly results: readonly SqlResult[];
  /** Whether anything is different now; a batch that changed nothing needs no frame. */
  readonly changed: boolean;
}

/** What the protocol asks of a database in memory. Nothing here waits. */
export interface CatalogReplica {
  /** What the file said that it was read from; `undefined` for a file that was never part of the protocol. */
  readonly origin: LogPosition | undefined;
  /** The version of the last migration that it has. */
  readonly schemaVersion: number;
  /** Whether a failure left it in a state nobody knows. */
  readonly broken: boolean;
  /**
   * The bytes of the file that it was loaded from.
   * @throws {TypeError} once anything has run that may change the database: it is made of these very bytes
   */
  source(): Uint8Array;
  /**
   * Runs statements in one transaction; after an error, and when nothing changed, it is as it was before.
   * `expectedRows` is that of `BatchOptions`.
   */
  run(statements: readonly SqlStatement[], expectedRows?: number): AppliedBatch;
  /** Runs what a batch frame carries. @throws {CatalogError} SCHEMA_TOO_NEW, or CORRUPT when it cannot be run */
  replay(payload: Uint8Array): void;
  /** Runs what a migration frame carries, likewise. */
  replayMigration(payload: Uint8Array): void;
  /** Brings the schema up to date in memory only; frames cannot be taken in any more. Gives whether it had to. */
  migrateInMemory(): boolean;
  /** The rows of one statement that only reads. */
  query(statement: SqlStatement, options?: Pick<QueryOptions, "byKey">): readonly SqlRow[];
  /** Whether a statement may change the database. */
  writes(sql: string): boolean;
  /** The rows of a statement that is run once and changes nothing, such as a PRAGMA. */
  inspect(sql: string): readonly SqlRow[];
  /** The bytes of a file that says `position` about itself. */
  export(position: LogPosition): Uint8Array;
  /** Frees its memory; nothing else may be called afterwards. */
  close(): void;
}

/** Makes replicas from the bytes of snapshots. */
export interface ReplicaFactory {
  /** Reads a file. @throws {CatalogError} CORRUPT, SCHEMA_TOO_NEW, UNSUPPORTED when the file is none of ours */
  load(bytes: Uint8Array): Promise<CatalogReplica>;
  /** The bytes of a new catalog. */
  create(position: LogPosition): Promise<Uint8Array>;
}
