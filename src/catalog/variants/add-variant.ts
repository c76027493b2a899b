import type { ParsedVariant } from "../../core/document.ts";
import { compareBytes, type VariantResult } from "../../core/outcome.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId, getById } from "../find/find.ts";
import { variantFromRow } from "../records/rows.ts";
import { insertVariantById, selectVariantByName } from "./variants-statements.ts";

/**
 * Registers another rendering of a document, or gives the one that has the name.
 * @throws {CatalogError} NOT_FOUND when there is no such document
 */
export async function addVariant(
  context: CatalogContext,
  documentId: number,
  variant: ParsedVariant,
  options: CallOptions,
): Promise<VariantResult> {
  await context.root?.enterFor([variant.storageUri]);
  const [inserted, selected] = await context.sql.batch(
    [insertVariantById(checkId(documentId), variant), selectVariantByName(documentId, variant.variant)],
    { signal: options.signal },
  );
  const row = selected?.rows[0];
  if (!row) {
    await getById(context, documentId, options);
    return addVariant(context, documentId, variant, options);
  }
  const record = variantFromRow(row);
  if ((inserted?.changes ?? 0) > 0) return { record, outcome: "created", contentChanged: false };
  const comparison = compareBytes(record, variant);
  if (comparison === "unknown") return { record, outcome: "found", contentChanged: false, unverified: true };
  if (comparison === "same") return { record, outcome: "found", contentChanged: false };
  const offered = { sha256: variant.sha256, bytes: variant.bytes };
  return { record, outcome: "kept", contentChanged: true, offered };
}
