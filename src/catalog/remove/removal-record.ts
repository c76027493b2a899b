import type { DocumentRecord } from "../../core/document.ts";
import { documentToJson } from "../../core/json-record.ts";
import type { SqlRow } from "../../ports/sql.ts";
import { readableFields } from "../records/rows.ts";

/** A file that the bytes of a row came from. */
export interface FileOfRow {
  /** Absolute and real. */
  readonly path: string;
  /** The variant whose bytes they are, or `null` for the document itself. */
  readonly variant: string | null;
}

/** What is known of a row that goes, beside its columns. */
export interface RemovedRow {
  /** The document; `undefined` for a damaged one, of which only some columns can be read. */
  readonly record: DocumentRecord | undefined;
  /** The variant, if the row is that of one. @default it is that of the document */
  readonly variant?: { readonly id: number; readonly variant: string } | undefined;
  /** The files of the document and of its variants. */
  readonly files: readonly FileOfRow[];
}

/** What `removals.record` says of a row that goes: the columns of the document, and what `restore` needs beside these. */
export function formatRemovalRecord(row: SqlRow, { record, variant, files }: RemovedRow): string {
  const columns = record === undefined ? readableFields(row) : documentToJson(record);
  const of = variant?.variant ?? null;
  const sources = files.filter((file) => file.variant === of).map(({ path }) => path);
  return JSON.stringify({
    ...columns,
    ...(variant !== undefined && { variant_id: variant.id }),
    ...(sources.length > 0 && { sources }),
  });
}
