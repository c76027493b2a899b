import type { SqlValue } from "../../../../ports/sql.ts";

/** A prepared statement of sql.js, as far as the engine uses it. */
export interface SqlJsStatement {
  /** Only reads the array. */
  bind(values: SqlValue[]): boolean;
  step(): boolean;
  get(): SqlValue[];
  getSQL(): string;
  reset(): void;
  free(): boolean;
}

/** A database of sql.js, as far as the engine uses it. */
export interface SqlJsDatabase {
  run(sql: string): unknown;
  exec(sql: string): { readonly values: SqlValue[][] }[];
  prepare(sql: string): SqlJsStatement;
  /** Since 1.15.2 it keeps the connection with its prepared statements and settings. */
  export(): Uint8Array;
  getRowsModified(): number;
  close(): void;
}

/** The initialised sql.js module (1.15.2 or later): what `initSqlJs()` resolves to. */
export interface SqlJsModule {
  readonly Database: new (data?: Uint8Array) => SqlJsDatabase;
}
