import type { SqlValue } from "../../../../ports/sql.ts";

/** A prepared statement of sql.js, as far as the engine uses it. */
export interface SqlJsStatement {
  /** Only reads the array. */
  bind(values: SqlValue[]): boolean;
  /** Goes to the next row; `false` behind the last one. */
  step(): boolean;
  /** The values of the row. */
  get(): SqlValue[];
  /** The text that it was prepared from. */
  getSQL(): string;
  /** Makes it ready to run again; its values stay bound. */
  reset(): void;
  /** Ends it; it cannot be used afterwards. */
  free(): boolean;
}

/** A database of sql.js, as far as the engine uses it. */
export interface SqlJsDatabase {
  /** Runs any number of statements without their rows. */
  run(sql: string): unknown;
  /** Runs any number of statements; gives the rows of each that has some. */
  exec(sql: string): { readonly values: SqlValue[][] }[];
  /** Prepares one statement, which is to be freed. */
  prepare(sql: string): SqlJsStatement;
  /** Since 1.15.2 it keeps the connection with its prepared statements and settings. */
  export(): Uint8Array;
  /** How many rows the last INSERT, UPDATE or DELETE changed. */
  getRowsModified(): number;
  /** Frees its memory, with that of its statements. */
  close(): void;
}

/** The initialised sql.js module (1.15.2 or later): what `initSqlJs()` resolves to. */
export interface SqlJsModule {
  /** Makes a database from the bytes of a file, or an empty one. */
  readonly Database: new (
    data?: Uint8Array,
  ) => SqlJsDatabase;
}
