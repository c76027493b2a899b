import type { DocumentRecord } from "../../core/document.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlEngine, SqlStatement } from "../../ports/sql.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import { selectDocumentByKey } from "../find/find-statements.ts";
import { respellPlace } from "../ledger/row-changes.ts";
import { followArtifact } from "../pins/pin-rows-statements.ts";
import { repointDocument, repointVariant } from "../placing/placing-statements.ts";
import { documentFromRow } from "../records/rows.ts";
import { renameKey } from "./older-keys-statements.ts";
import type { RegisterItem } from "./register.ts";

/** An item, and the rows that have its keys. */
export interface MetRows {
  /** What is registered, with canonical URIs. */
  readonly item: RegisterItem;
  /** The row of the document. */
  readonly record?: DocumentRecord | undefined;
  /** The rows of its variants, in their order. */
  readonly variants: readonly { readonly record?: { readonly id: number; readonly storageUri: StorageUri } }[];
}

/** The rows that have the keys of some items. */
export async function findRows(
  { sql }: { readonly sql: SqlEngine },
  pending: readonly { readonly item: RegisterItem }[],
): Promise<readonly MetRows[]> {
  const met: MetRows[] = [];
  for (const { item } of pending) {
    const [row] = await sql.query(selectDocumentByKey(item.registration));
    met.push({ item, record: row && documentFromRow(row), variants: [] });
  }
  return met;
}

/**
 * Gives rows that mean the places of items by another text, as catalogs of before have them, the text of today. Whether
 * there were any.
 */
export async function respellRows(
  { sql }: { readonly sql: SqlEngine },
  met: readonly MetRows[],
  { names, now }: { readonly names?: CanonicalNames | undefined; readonly now: Timestamp },
): Promise<boolean> {
  const statements: SqlStatement[] = [];
  const isOther = async (from: StorageUri, to: StorageUri): Promise<boolean> =>
    names !== undefined && from !== to && (await names.locate(from, { follow: true })).uri === to;
  for (const { item, record, variants } of met) {
    const { storageUri: to } = item.registration;
    if (record !== undefined && (await isOther(record.storageUri, to))) {
      const from = record.storageUri;
      statements.push(repointDocument(record.id, { from, to, now }), ...respellPlace(from, to, now));
    }
    for (const [at, { record: variant }] of variants.entries()) {
      const { storageUri = to } = item.variants[at] ?? {};
      if (variant === undefined || !(await isOther(variant.storageUri, storageUri))) continue;
      const from = variant.storageUri;
      statements.push(repointVariant(variant.id, { from, to: storageUri }), ...respellPlace(from, storageUri, now));
    }
  }
  if (statements.length > 0) await sql.batch(statements, { durable: false });
  return statements.length > 0;
}

/** Gives rows that have the keys which catalogs of before made of a path the keys of today, unless these are taken. */
export async function renameKeys(
  { sql }: { readonly sql: SqlEngine },
  items: readonly RegisterItem[],
  now: Timestamp,
): Promise<void> {
  const statements = items.flatMap(({ former, registration }) =>
    former === undefined
      ? []
      : [renameKey(former, registration, now), followArtifact(former.artifactId, registration.artifactId)],
  );
  if (statements.length > 0) await sql.batch(statements, { durable: false });
}
