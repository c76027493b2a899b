import { inChunks } from "../../../core/in-chunks.ts";
import type { Timestamp } from "../../../core/timestamp.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import { statement } from "../../records/columns.ts";

/** What is on record about an orphan. */
export interface OrphanMark {
  /** As the store writes it. */
  readonly uri: string;
  /** Its size then. */
  readonly bytes: number;
  /** When it was last changed, in microseconds since 1970. */
  readonly modifiedUs: number;
  /** When its last reference went, or when it was first seen so. */
  readonly since: Timestamp;
}

/** So many rows have one statement. */
const ROWS = 100;

/** A list of parameters for IN. */
export function inList(values: readonly unknown[]): string {
  return `(${values.map(() => "?").join(", ")})`;
}

/** Writes down since when things are orphans, in the place of what was known of these names. */
export function upsertMarks(marks: readonly OrphanMark[]): readonly SqlStatement[] {
  return inChunks(marks, ROWS).map((some) =>
    statement(
      `INSERT INTO orphans (uri, bytes, modified_us, since) VALUES ${some.map(() => "(?, ?, ?, ?)").join(", ")}
       ON CONFLICT (uri) DO UPDATE SET bytes = excluded.bytes, modified_us = excluded.modified_us,
         since = excluded.since`,
      ...some.flatMap(({ uri, bytes, modifiedUs, since }) => [uri, bytes, modifiedUs, since]),
    ),
  );
}

/** What is on record about some names: URI, size, time of change, and since when it is an orphan. */
export function selectMarks(uris: readonly string[]): SqlStatement {
  return statement(`SELECT uri, bytes, modified_us, since FROM orphans WHERE uri IN ${inList(uris)}`, ...uris);
}

/** The next names behind `after` that have a mark. */
export function selectMarkedBehind(after: string, size: number): SqlStatement {
  return statement("SELECT uri FROM orphans WHERE uri > ? ORDER BY uri LIMIT ?", after, size);
}

/** Forgets names that are no orphans any more. */
export function deleteMarks(uris: readonly string[]): readonly SqlStatement[] {
  return inChunks(uris, ROWS).map((some) => statement(`DELETE FROM orphans WHERE uri IN ${inList(some)}`, ...some));
}
