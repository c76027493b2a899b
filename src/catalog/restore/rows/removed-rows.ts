import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { isTimestamp } from "../../../core/timestamp.ts";
import type { SqlValue } from "../../../ports/sql.ts";
import { DOCUMENT_FIELDS } from "../../records/columns.ts";
import { documentFromRow, isDocumentRow } from "../../records/rows.ts";
import type { RemovalRecord } from "../../removals/removal-line.ts";

/** A row that was removed, as it was, and what else of it is on record. */
export interface RemovedRow<Row extends DocumentRecord | VariantRecord> {
  /** The row; the `id` of a variant is 0 where it is not on record. */
  readonly record: Row;
  /** Files that its bytes came from. */
  readonly sources: readonly string[];
  /** How its bytes came to their place: `placed`, `in_place`, `registered`, or `null`. */
  readonly origin: string | null;
}

/** A document that was removed, with its variants. */
export interface RemovedRows {
  /** Of the document; 0 where nobody can tell. */
  readonly id: number;
  /** `undefined` where its line is not enough to make a row. */
  readonly document: RemovedRow<DocumentRecord> | undefined;
  /** In the order of their ids. */
  readonly variants: readonly RemovedRow<VariantRecord>[];
  /** Lines that are not enough to make a row. */
  readonly damaged: readonly RemovalRecord[];
}

/** The id of the document that a line is about; `undefined` where nobody can tell. */
export function documentIdOf({ record }: Pick<RemovalRecord, "record">): number | undefined {
  const id = idOf(record?.["id"]);
  return id === 0 ? undefined : id;
}

function idOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** Makes rows again of the lines of one removal of a document. */
export function readRemovedRows(id: number, lines: readonly RemovalRecord[]): RemovedRows {
  const damaged: RemovalRecord[] = [];
  const variants: RemovedRow<VariantRecord>[] = [];
  const [first, ...others] = lines;
  // That of the document comes first. Version 0.1 did not say of the others which variants they were.
  const document = first && readDocument(first);
  if (first !== undefined && document === undefined) damaged.push(first);
  for (const line of others) {
    const variant = readVariant(id, line);
    if (variant === undefined) damaged.push(line);
    else variants.push(variant);
  }
  return { id, document, variants, damaged };
}

function readDocument(line: RemovalRecord): RemovedRow<DocumentRecord> | undefined {
  const { record, variant } = line;
  const row = DOCUMENT_FIELDS.map((field) => (record?.[field] ?? null) as SqlValue);
  if (variant !== null || !isDocumentRow(row)) return undefined;
  return { record: documentFromRow(row), ...factsOf(line) };
}

function readVariant(documentId: number, line: RemovalRecord): RemovedRow<VariantRecord> | undefined {
  const { variant, uri: storageUri, createdAt, bytes, contentType, sha256, record } = line;
  if (variant === null || storageUri === "" || !isTimestamp(createdAt)) return undefined;
  const about = { documentId, variant, storageUri, bytes, contentType, sha256, createdAt };
  return { record: { id: idOf(record?.["variant_id"]), ...about }, ...factsOf(line) };
}

function factsOf({ record, origin }: RemovalRecord): Omit<RemovedRow<DocumentRecord>, "record"> {
  const sources = record?.["sources"];
  return {
    sources: Array.isArray(sources) ? sources.filter((each): each is string => typeof each === "string") : [],
    origin,
  };
}
