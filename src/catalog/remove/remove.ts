import type { DocumentRecord } from "../../core/document.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError, isCatalogError } from "../../errors.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId, missingDocument } from "../find/find.ts";
import { leavePlace } from "../ledger/row-changes.ts";
import { DOCUMENT_FIELDS } from "../records/columns.ts";
import { documentFromRow } from "../records/rows.ts";
import { ResultReader } from "../register/result-reader.ts";
import { deleteInPlace, deleteSources } from "../sources/sources-statements.ts";
import { type FileOfRow, formatRemovalRecord } from "./removal-record.ts";
import {
  deleteDocument,
  type RowToRemove,
  recordRemoval,
  recordVariantRemoval,
  selectRowToRemove,
  selectSourcesToRemove,
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
  /** What the removals of one call have in common, 32 hexadecimal characters: `restore` brings all of it back. */
  readonly operationId: string;
}

/** A document that is to be removed, and what is recorded of it and of each of its variants. */
interface FoundDocument extends RowToRemove {
  readonly record: DocumentRecord | undefined;
  readonly json: string;
  /** One a variant. */
  readonly variantJson: readonly string[];
  /** What it and its variants name. */
  readonly uris: readonly StorageUri[];
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
  const operationId = context.entropy.nonce();
  const now = formatTimestamp(context.clock.now());
  const about = { now, operationId, reason: options.reason ?? null, casStart: context.root?.casStart };
  const records = documents.map((document): readonly SqlStatement[] => [
    recordRemoval(document, { ...about, json: document.json }),
    ...document.variants.map((id, at) =>
      recordVariantRemoval(document, id, { ...about, json: document.variantJson[at] ?? document.json }),
    ),
  ]);
  const statements = documents.flatMap((document, at) => [...(records[at] ?? []), deleteDocument(document)]);
  for (const { id, uris } of documents) {
    statements.push(deleteSources(id), ...uris.map(deleteInPlace));
    statements.push(...uris.flatMap((uri) => leavePlace(uri, { now, resolution: "removed" })));
  }
  const results = new ResultReader(await context.sql.batch(statements, { signal: options.signal, makesRoom: true }));
  return documents.map(({ id, record, variants }, at) => {
    results.skip(records[at] ?? []);
    if (!results.changed()) throw changedMeanwhile(id);
    return { id, record, variants: variants.length, operationId };
  });
}

async function findDocument(context: CatalogContext, id: number, options: CallOptions): Promise<FoundDocument> {
  const [row] = await context.sql.query(selectRowToRemove(id), options);
  if (row === undefined) throw missingDocument(id);
  const record = findRecord(row);
  const variants = await context.sql.query(selectVariantsToRemove(id), options);
  const files = (await context.sql.query(selectSourcesToRemove(id), options)).map(
    ([path, variant]): FileOfRow => ({ path: String(path), variant: variant === null ? null : String(variant) }),
  );
  const uris = new Set([row[DOCUMENT_FIELDS.indexOf("storage_uri")], ...variants.map(([, uri]) => uri)].map(String));
  return {
    id,
    updatedAt: record?.updatedAt,
    record,
    json: formatRemovalRecord(row, { record, files }),
    variantJson: variants.map(([at, , variant]) =>
      formatRemovalRecord(row, { record, files, variant: { id: Number(at), variant: String(variant) } }),
    ),
    uris: [...uris] as StorageUri[],
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
