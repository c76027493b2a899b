import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { inChunks } from "../../core/in-chunks.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { SqlEngine, SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { leavePlace } from "../ledger/row-changes.ts";
import { DOCUMENT_FIELDS, VARIANT_FIELDS } from "../records/columns.ts";
import { documentFromRow, variantFromRow } from "../records/rows.ts";
import { deleteInPlace, deleteSources } from "../sources/sources-statements.ts";
import { listRemovedContents } from "../tombstones/removed-contents.ts";
import { leaveTombstone, type RemovedContent } from "../tombstones/tombstones-statements.ts";
import { type FileOfRow, formatRemovalRecord } from "./removal-record.ts";
import {
  deleteDocument,
  type RemovalCondition,
  type RemovalFact,
  type RowToRemove,
  recordRemoval,
  recordVariantRemoval,
  selectInPlaceToRemove,
  selectRowsToRemove,
  selectSourcesToRemove,
  selectVariantsToRemove,
} from "./remove-statements.ts";

/** What {@link findDocumentsToRemove} works with. */
export interface RemovalContext {
  /** Where the rows are. */
  readonly sql: SqlEngine;
  /** What placing would work with, as far as there is a root. */
  readonly placing?: { readonly store: BlobStore } | undefined;
}

/** A document that is to be removed, and what is recorded of it and of each of its variants. */
export interface DocumentToRemove extends RowToRemove {
  /** The row; `undefined` for a damaged one, of which no record can be made. */
  readonly record: DocumentRecord | undefined;
  /** What `removals.record` says of it. */
  readonly json: string;
  /** The same of its variants, in their order. */
  readonly variantJson: readonly string[];
  /** What it and its variants name. */
  readonly uris: readonly StorageUri[];
  /** What is removed on purpose, to stay so. A damaged row is only put right: it leaves none. */
  readonly contents: readonly RemovedContent[];
}

/** What removals of many rows have in common. */
export type Removal = Omit<RemovalFact, "json">;

/** So many documents are looked up at once. */
const DOCUMENTS = 100;

/** The documents with some ids, and what goes with them; those that do not exist are not among them. */
export async function findDocumentsToRemove(
  context: RemovalContext,
  ids: readonly number[],
  options: CallOptions = {},
): Promise<ReadonlyMap<number, DocumentToRemove>> {
  const found = new Map<number, DocumentToRemove>();
  for (const some of inChunks(ids, DOCUMENTS)) {
    for (const document of await findSome(context, some, options)) found.set(document.id, document);
  }
  return found;
}

async function findSome(
  { sql, placing }: RemovalContext,
  ids: readonly number[],
  options: CallOptions,
): Promise<readonly DocumentToRemove[]> {
  const documents = await sql.query(selectRowsToRemove(ids), options);
  const variants = await sql.query(selectVariantsToRemove(ids), options);
  const sources = await sql.query(selectSourcesToRemove(ids), options);
  const uris = [...documents.map(uriOfDocument), ...variants.map(uriOfVariant)];
  const inPlace = new Map<string, string>();
  for (const some of inChunks([...new Set(uris)], DOCUMENTS)) {
    for (const [uri, path] of await sql.query(selectInPlaceToRemove(some), options)) {
      inPlace.set(String(uri), String(path));
    }
  }
  return documents.map((row) => {
    const [id] = row;
    const ofRow = sources.filter(([documentId]) => documentId === id);
    const files = ofRow.map(([, path, variant]): FileOfRow => {
      return { path: String(path), variant: variant === null ? null : String(variant) };
    });
    return describe({ row, variants: variants.filter(([, owner]) => owner === id), files, inPlace, placing });
  });
}

function describe(about: {
  readonly row: SqlRow;
  readonly variants: readonly SqlRow[];
  readonly files: readonly FileOfRow[];
  readonly inPlace: ReadonlyMap<string, string>;
  readonly placing: RemovalContext["placing"];
}): DocumentToRemove {
  const { row, variants, files, inPlace, placing } = about;
  const record = unlessDamaged(() => documentFromRow(row));
  const undamaged = variants.flatMap((each): readonly VariantRecord[] => {
    const variant = unlessDamaged(() => variantFromRow(each));
    return variant === undefined ? [] : [variant];
  });
  const rows = record && { record, variants: undamaged, files, inPlace, store: placing?.store };
  return {
    id: Number(row[0]),
    updatedAt: record?.updatedAt,
    variants: variants.map(([id]) => Number(id)),
    record,
    json: formatRemovalRecord(row, { record, files }),
    variantJson: variants.map((each) =>
      formatRemovalRecord(row, { record, files, variant: { id: Number(each[0]), variant: String(each[2]) } }),
    ),
    uris: [...new Set([uriOfDocument(row), ...variants.map(uriOfVariant)])] as StorageUri[],
    contents: rows === undefined ? [] : listRemovedContents(rows),
  };
}

function uriOfDocument(row: SqlRow): string {
  return String(row[DOCUMENT_FIELDS.indexOf("storage_uri")]);
}

function uriOfVariant(row: SqlRow): string {
  return String(row[VARIANT_FIELDS.indexOf("storage_uri")]);
}

function unlessDamaged<Row>(read: () => Row): Row | undefined {
  try {
    return read();
  } catch (error) {
    if (isCatalogError(error, "CORRUPT")) return undefined;
    throw error;
  }
}

/** The statements that remove a document; they stand together in one batch, in this order. */
export interface DocumentRemoval {
  /** Record what goes, and leave tombstones. */
  readonly records: readonly SqlStatement[];
  /** Removes the row; it changes nothing where the row is not as it was, or the condition does not hold. */
  readonly deletion: SqlStatement;
  /** Strike out what is known of it elsewhere, if it is gone. */
  readonly followUps: readonly SqlStatement[];
}

/** Removes a document with its variants on purpose, if it is as it was read, and `condition` holds. */
export function removeDocument(
  document: DocumentToRemove,
  removal: Removal,
  condition?: RemovalCondition,
): DocumentRemoval {
  const { id, json, variantJson, uris, contents, variants } = document;
  const row = { ...document, condition };
  const { now } = removal;
  return {
    records: [
      recordRemoval(row, { ...removal, json }),
      ...variants.map((variant, at) =>
        recordVariantRemoval(row, variant, { ...removal, json: variantJson[at] ?? json }),
      ),
      ...contents.flatMap((content) => leaveTombstone(row, content, removal)),
    ],
    deletion: deleteDocument(row),
    followUps: [
      deleteSources(id),
      ...uris.map(deleteInPlace),
      ...uris.flatMap((uri) => leavePlace(uri, { now, resolution: "removed" })),
    ],
  };
}
