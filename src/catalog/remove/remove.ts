import type { DocumentRecord } from "../../core/document.ts";
import { documentToJson } from "../../core/json-record.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError, isCatalogError } from "../../errors.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId, missingDocument } from "../find/find.ts";
import { DOCUMENT_FIELDS } from "../records/columns.ts";
import { documentFromRow, readableFields } from "../records/rows.ts";
import { ResultReader } from "../register/result-reader.ts";
import { deleteInPlace, deleteSources } from "../sources/sources-statements.ts";
import {
  deleteDocument,
  type RowToRemove,
  recordRemoval,
  recordVariantRemoval,
  selectRowToRemove,
  selectVariantsToRemove,
} from "./remove-statements.ts";

/** Options of `remove`. */
export interface RemoveOptions extends CallOptions {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

/** A document that is gone from the catalog. */
export interface RemovedDocument {
  /** Of the row. */
  readonly id: number;
  /** The row as it was; `undefined` for a damaged one, of which no record can be made. */
  readonly record: DocumentRecord | undefined;
  /** How many variants went with it. */
  readonly variants: number;
}

/** A document that is to be removed, and its columns as JSON, as far as they can be read. */
interface FoundDocument extends RowToRemove {
  readonly record: DocumentRecord | undefined;
  readonly json: string;
  /** What it and its variants name. */
  readonly uris: readonly string[];
}

/**
 * Removes documents with their variants, all or none, and records each row in `removals`. A damaged row goes, too.
 * @throws {CatalogError} NOT_FOUND when one of them does not exist; then none is removed
 * @throws {CatalogError} CONFLICT when one was changed, or got a variant, by others at this moment; then it stays
 */
export async function remove(
  context: CatalogContext,
  ids: readonly number[],
  options: RemoveOptions,
): Promise<readonly RemovedDocument[]> {
  const documents: FoundDocument[] = [];
  for (const id of new Set(ids.map(checkId))) documents.push(await findDocument(context, id, options));
  if (documents.length === 0) return [];
  const now = formatTimestamp(context.clock.now());
  const about = { now, reason: options.reason ?? null, casStart: context.root?.casStart };
  const records = documents.map((document): readonly SqlStatement[] => {
    const fact = { ...about, json: document.json };
    return [recordRemoval(document, fact), ...document.variants.map((id) => recordVariantRemoval(document, id, fact))];
  });
  const statements = documents.flatMap((document, at) => [...(records[at] ?? []), deleteDocument(document)]);
  for (const { id, uris } of documents) statements.push(deleteSources(id), ...uris.map(deleteInPlace));
  const results = new ResultReader(await context.sql.batch(statements, { signal: options.signal, makesRoom: true }));
  return documents.map(({ id, record, variants }, at) => {
    results.skip(records[at] ?? []);
    if (!results.changed()) throw changedMeanwhile(id);
    return { id, record, variants: variants.length };
  });
}

async function findDocument(context: CatalogContext, id: number, options: CallOptions): Promise<FoundDocument> {
  const [row] = await context.sql.query(selectRowToRemove(id), options);
  if (row === undefined) throw missingDocument(id);
  const record = findRecord(row);
  const json = JSON.stringify(record === undefined ? readableFields(row) : documentToJson(record));
  const variants = await context.sql.query(selectVariantsToRemove(id), options);
  const uris = new Set([row[DOCUMENT_FIELDS.indexOf("storage_uri")], ...variants.map(([, uri]) => uri)].map(String));
  return {
    id,
    updatedAt: record?.updatedAt,
    record,
    json,
    uris: [...uris],
    variants: variants.map(([at]) => Number(at)),
  };
}

function findRecord(row: SqlRow): DocumentRecord | undefined {
  try {
    return documentFromRow(row);
  } catch (error) {
    if (isCatalogError(error, "CORRUPT")) return undefined;
    throw error;
  }
}

function changedMeanwhile(id: number): CatalogError {
  const reason = `document ${id} was changed or removed by others at this moment`;
  return new CatalogError("CONFLICT", `Cannot remove document ${id}: ${reason}`, {
    details: { reason },
    hint: "Look at it again and repeat the removal.",
  });
}
