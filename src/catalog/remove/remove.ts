import type { DocumentRecord } from "../../core/document.ts";
import { documentToJson } from "../../core/json-record.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId, getById } from "../find/find.ts";
import { deleteDocument, recordRemoval, recordVariantRemovals } from "./remove-statements.ts";

/** Options of `remove`. */
export interface RemoveOptions extends CallOptions {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

/** A document that is gone from the catalog. */
export interface RemovedDocument {
  /** The row as it was. */
  readonly record: DocumentRecord;
  /** How many variants went with it. */
  readonly variants: number;
}

const STATEMENTS_A_DOCUMENT = 3;

/**
 * Removes documents with their variants, all or none, and records each row in `removals`.
 * @throws {CatalogError} NOT_FOUND when one of them does not exist; then none is removed
 * @throws {CatalogError} CONFLICT when one was changed by others at this moment; then it stays
 */
export async function remove(
  context: CatalogContext,
  ids: readonly number[],
  options: RemoveOptions,
): Promise<readonly RemovedDocument[]> {
  const records: DocumentRecord[] = [];
  for (const id of new Set(ids.map(checkId))) records.push(await getById(context, id, options));
  if (records.length === 0) return [];
  const now = formatTimestamp(context.clock.now());
  const statements = records.flatMap((record): SqlStatement[] => {
    const fact = { now, reason: options.reason ?? null, json: JSON.stringify(documentToJson(record)) };
    return [recordRemoval(record, fact), recordVariantRemovals(record, fact), deleteDocument(record)];
  });
  const results = await context.sql.batch(statements, { signal: options.signal });
  return records.map((record, index) => {
    const at = index * STATEMENTS_A_DOCUMENT;
    if (results[at + 2]?.changes === 0) throw changedMeanwhile(record);
    return { record, variants: results[at + 1]?.changes ?? 0 };
  });
}

function changedMeanwhile(record: DocumentRecord): CatalogError {
  const reason = `document ${record.id} was changed or removed by others at this moment`;
  return new CatalogError("CONFLICT", `Cannot remove document ${record.id}: ${reason}`, {
    details: { reason },
    hint: "Look at it again and repeat the removal.",
  });
}
