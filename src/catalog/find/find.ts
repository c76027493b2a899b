import type { DocumentRecord } from "../../core/document.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { parseSha256, parseSha256Prefix } from "../../core/sha256.ts";
import { CatalogError } from "../../errors.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { documentFromRow } from "../records/rows.ts";
import { type LOOKUP_COLUMNS, selectByHashPrefix, selectDocumentById, selectDocumentsBy } from "./find-statements.ts";

/** The document with an id. @throws {RangeError} when `id` is no whole number from 1 */
export async function findById(
  context: CatalogContext,
  id: number,
  options: CallOptions,
): Promise<DocumentRecord | undefined> {
  const [row] = await context.sql.query(selectDocumentById(checkId(id)), options);
  return row && documentFromRow(row);
}

/** The document with an id. @throws {CatalogError} NOT_FOUND when there is none */
export async function getById(context: CatalogContext, id: number, options: CallOptions): Promise<DocumentRecord> {
  const record = await findById(context, id, options);
  if (record) return record;
  throw missingDocument(id);
}

/** The error for a document that does not exist. */
export function missingDocument(id: number): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot get document ${id}: there is none with this id`, {
    details: { what: `document ${id}` },
    hint: "It may have been removed; list what is there with a search.",
  });
}

/** The documents with a value in an indexed column, as it is given or as it is stored without secrets, by id. */
export async function listDocumentsBy(
  context: CatalogContext,
  field: Exclude<keyof typeof LOOKUP_COLUMNS, "sha256">,
  value: string,
  options: CallOptions,
): Promise<readonly DocumentRecord[]> {
  const rows = await context.sql.query(selectDocumentsBy(field, value, cleanSecrets(value)), options);
  return rows.map(documentFromRow);
}

/** The documents with a hash, by id. @throws {SyntaxError} when it is none */
export async function listBySha256(
  context: CatalogContext,
  sha256: string,
  options: CallOptions,
): Promise<readonly DocumentRecord[]> {
  return (await context.sql.query(selectDocumentsBy("sha256", parseSha256(sha256)), options)).map(documentFromRow);
}

/** The documents whose hash begins with a prefix. @throws {SyntaxError} when it is none */
export async function findByHashPrefix(
  context: CatalogContext,
  prefix: string,
  options: CallOptions,
): Promise<readonly DocumentRecord[]> {
  const rows = await context.sql.query(selectByHashPrefix("documents", parseSha256Prefix(prefix)), options);
  return rows.map(documentFromRow);
}

/** Checks the id of a row. @throws {RangeError} when it is no whole number from 1 */
export function checkId(id: number): number {
  if (Number.isSafeInteger(id) && id >= 1) return id;
  throw new RangeError(`Cannot use id ${id}: expected a whole number from 1`);
}
