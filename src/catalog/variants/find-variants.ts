import type { VariantRecord } from "../../core/document.ts";
import { parseSha256Prefix } from "../../core/sha256.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId } from "../find/find.ts";
import { selectByHashPrefix } from "../find/find-statements.ts";
import { variantFromRow } from "../records/rows.ts";
import { selectVariants } from "./variants-statements.ts";

/** The variants whose hash begins with a prefix. @throws {SyntaxError} when it is none */
export async function findVariantsByHashPrefix(
  context: CatalogContext,
  prefix: string,
  options: CallOptions,
): Promise<readonly VariantRecord[]> {
  const rows = await context.sql.query(selectByHashPrefix("variants", parseSha256Prefix(prefix)), options);
  return rows.map(variantFromRow);
}

/** The variants of a document, by id; none for a document that does not exist. */
export async function listVariants(
  context: CatalogContext,
  documentId: number,
  options: CallOptions,
): Promise<readonly VariantRecord[]> {
  return (await context.sql.query(selectVariants(checkId(documentId)), options)).map(variantFromRow);
}
