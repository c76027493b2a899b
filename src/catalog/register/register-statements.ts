import type { DocumentKey, ParsedRegistration, ParsedVariant } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement, SqlValue } from "../../ports/sql.ts";
import { type Condition, whileLeased } from "../leases/lease-statements.ts";
import { originColumn, type RootNames } from "../origins/origin-statements.ts";
import { keepsPinned } from "../pins/pins-statements.ts";
import { KEY, keyValues, statement, variantValues } from "../records/columns.ts";

/** What is done only as long as a lease is there. */
export interface Leased {
  /** Its id. @default it is done anyway */
  readonly lease?: string | undefined;
}

/** Inserts a document unless its key is taken. */
export function insertDocument(
  document: ParsedRegistration,
  about: Leased & {
    readonly now: Timestamp;
    /** Its key was there a moment ago: then no id is used up, as one is where a row meets another. @default false */
    readonly isKnown?: boolean | undefined;
  },
): SqlStatement {
  const { now, lease, isKnown = false } = about;
  const leased = whileLeased(lease);
  const condition = isKnown ? `${leased.sql} AND NOT EXISTS (SELECT 1 FROM documents WHERE ${KEY})` : leased.sql;
  const values =
    condition === ""
      ? "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      : `SELECT ?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, ?, ?, ? WHERE TRUE${condition}`;
  return statement(
    `INSERT INTO documents (artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at,
      updated_at, run_id) ${values} ON CONFLICT (artifact_id, source_url, resolver) DO NOTHING`,
    document.artifactId,
    document.sourceUrl,
    document.resolver,
    document.contentType,
    document.bytes,
    document.sha256,
    document.storageUri,
    document.createdAt,
    now,
    document.runId,
    ...leased.values,
    ...(isKnown ? keyValues(document) : []),
  );
}

/**
 * What proves that offered bytes are those of a row:
 * - `hash`: their hashes alone
 * - `place`: also that both name one place, where a hash is missing
 */
export type Proof = "hash" | "place";

/** The place that stands for its bytes; none by which a row goes where only hashes count. */
function provingPlace(storageUri: StorageUri, proof: Proof): string {
  return proof === "place" ? storageUri : "";
}

/** Fills in a hash or content type that the row lacks, if it stands for the same blob of the same size. */
export function completeDocument(document: ParsedRegistration, { proof, now, lease }: CompleteOptions): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `UPDATE documents SET sha256 = COALESCE(sha256, ?), content_type = COALESCE(content_type, ?), updated_at = ?
     WHERE ${KEY} AND storage_uri = ? AND bytes = ?
       AND (sha256 = COALESCE(?, sha256) OR (sha256 IS NULL AND storage_uri = ?))
       AND ((sha256 IS NULL AND CAST(? AS TEXT) IS NOT NULL) OR (content_type IS NULL AND CAST(? AS TEXT) IS NOT NULL))${leased.sql}`,
    document.sha256,
    document.contentType,
    now,
    ...keyValues(document),
    document.storageUri,
    document.bytes,
    document.sha256,
    provingPlace(document.storageUri, proof),
    document.sha256,
    document.contentType,
    ...leased.values,
  );
}

/** Whether completing a row with bytes may give it a hash. */
export function givesHash({ sha256 }: { readonly sha256: Sha256 | null }, proof: Proof): boolean {
  return sha256 !== null && proof === "place";
}

/** Forgets what was verified of a blob whose document is about to get a hash; to be put before {@link completeDocument}. */
export function forgetUnhashed(document: ParsedRegistration, { lease }: Leased): SqlStatement {
  const { storageUri, bytes } = document;
  const leased = whileLeased(lease);
  return statement(
    `DELETE FROM verifications WHERE uri = ? AND EXISTS (SELECT 1 FROM documents
       WHERE ${KEY} AND storage_uri = ? AND bytes = ? AND sha256 IS NULL)${leased.sql}`,
    ...[storageUri, ...keyValues(document), storageUri, bytes, ...leased.values],
  );
}

/** The same for a variant; to be put before {@link completeVariant}. */
export function forgetUnhashedVariant(key: DocumentKey, variant: ParsedVariant, { lease }: Leased): SqlStatement {
  const { storageUri } = variant;
  const leased = whileLeased(lease);
  return statement(
    `DELETE FROM verifications WHERE uri = ? AND EXISTS (SELECT 1 FROM variants
       WHERE document_id = (SELECT id FROM documents WHERE ${KEY}) AND variant = ? AND storage_uri = ? AND sha256 IS NULL)${leased.sql}`,
    ...[storageUri, ...keyValues(key), variant.variant, storageUri, ...leased.values],
  );
}

/** A row whose blob was hashed; `bytes` are those that were read. */
export interface HashedRow {
  /** The id of the row. */
  readonly id: number;
  /** What the row names. */
  readonly storageUri: StorageUri;
  /** How many bytes were read. */
  readonly bytes: number;
  /** What they hash to. */
  readonly sha256: Sha256;
}

/** Gives a document the hash that was computed of the blob that it names. */
export function setDocumentHash({ id, storageUri, bytes, sha256 }: HashedRow, now: Timestamp): SqlStatement {
  return statement(
    "UPDATE documents SET sha256 = ?, updated_at = ? WHERE id = ? AND storage_uri = ? AND bytes = ? AND sha256 IS NULL",
    sha256,
    now,
    id,
    storageUri,
    bytes,
  );
}

/** Gives a variant the hash that was computed of the blob that it names, and its size. */
export function setVariantHash({ id, storageUri, bytes, sha256 }: HashedRow): SqlStatement {
  return statement(
    `UPDATE variants SET sha256 = ?, bytes = ?
     WHERE id = ? AND storage_uri = ? AND (bytes IS NULL OR bytes = ?) AND sha256 IS NULL`,
    sha256,
    bytes,
    id,
    storageUri,
    bytes,
  );
}

/** True for a row whose bytes are not proven to be those offered; see {@link otherBytesValues}. */
const OTHER_BYTES = "(bytes <> ? OR COALESCE(sha256 <> ?, bytes > 0 AND storage_uri <> ?))";

function otherBytesValues({ bytes, sha256, storageUri }: ParsedRegistration, proof: Proof): SqlValue[] {
  return [bytes, sha256, provingPlace(storageUri, proof)];
}

/** How a row that is there is looked at. */
export interface CompleteOptions extends Leased, RootNames {
  /** What proves that bytes are the same. */
  readonly proof: Proof;
  /** When the row changes. */
  readonly now: Timestamp;
}

/** True for the row with a key as long as it may take other bytes: a lease is there, and no pin holds what it has. */
function mayBeReplaced(key: DocumentKey, lease: string | undefined): Condition {
  const leased = whileLeased(lease);
  const unpinned = keepsPinned({ sql: KEY, values: keyValues(key) });
  return { sql: unpinned.sql + leased.sql, values: [...unpinned.values, ...leased.values] };
}

/** Records what a row that is about to take other bytes had. */
export function recordReplacement(document: ParsedRegistration, options: CompleteOptions): SqlStatement {
  const { proof, now, lease, casStart } = options;
  const free = mayBeReplaced(document, lease);
  const origin = originColumn({ table: "documents", where: KEY, values: keyValues(document), casStart });
  return statement(
    `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, reason, record, content_type, created_at, origin)
     SELECT storage_uri, sha256, bytes, ?, 'replace', 'registered again with other bytes', ?, content_type, created_at,
       ${origin.sql}
     FROM documents WHERE ${KEY} AND ${OTHER_BYTES}${free.sql}`,
    now,
    JSON.stringify({ artifact_id: document.artifactId, source_url: document.sourceUrl, resolver: document.resolver }),
    ...origin.values,
    ...keyValues(document),
    ...otherBytesValues(document, proof),
    ...free.values,
  );
}

/** Forgets what was verified of the bytes that a row is about to lose; to be put before {@link replaceDocument}. */
export function forgetReplaced(document: ParsedRegistration, { proof, lease }: CompleteOptions): SqlStatement {
  const free = mayBeReplaced(document, lease);
  return statement(
    `DELETE FROM verifications
     WHERE uri = (SELECT storage_uri FROM documents WHERE ${KEY} AND ${OTHER_BYTES}${free.sql})`,
    ...[...keyValues(document), ...otherBytesValues(document, proof), ...free.values],
  );
}

/** Gives a row the bytes offered, if it has others and no pin holds these. */
export function replaceDocument(document: ParsedRegistration, { proof, now, lease }: CompleteOptions): SqlStatement {
  const free = mayBeReplaced(document, lease);
  return statement(
    `UPDATE documents SET content_type = ?, bytes = ?, sha256 = ?, storage_uri = ?, run_id = ?, updated_at = ?
     WHERE ${KEY} AND ${OTHER_BYTES}${free.sql}`,
    document.contentType,
    document.bytes,
    document.sha256,
    document.storageUri,
    document.runId,
    now,
    ...keyValues(document),
    ...otherBytesValues(document, proof),
    ...free.values,
  );
}

/** Inserts a variant of the document with this key unless the document has other bytes, or a variant of that name. */
export function insertVariantByKey(
  document: ParsedRegistration,
  variant: ParsedVariant,
  { proof, lease }: Pick<CompleteOptions, "proof" | "lease">,
): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `INSERT INTO variants (document_id, variant, storage_uri, bytes, content_type, sha256, created_at)
     SELECT id, ?, ?, CAST(? AS BIGINT), ?, ?, ? FROM documents WHERE ${KEY} AND NOT ${OTHER_BYTES}${leased.sql}
     ON CONFLICT (document_id, variant) DO NOTHING`,
    ...variantValues(variant),
    ...keyValues(document),
    ...otherBytesValues(document, proof),
    ...leased.values,
  );
}

/** Fills in a size, hash or content type that the variant of that name lacks, if it stands for the same blob. */
export function completeVariant(
  key: DocumentKey,
  variant: ParsedVariant,
  { proof, lease }: Pick<CompleteOptions, "proof" | "lease">,
): SqlStatement {
  const { bytes, sha256, contentType } = variant;
  const leased = whileLeased(lease);
  return statement(
    `UPDATE variants SET bytes = COALESCE(bytes, ?), sha256 = COALESCE(sha256, ?),
       content_type = COALESCE(content_type, ?)
     WHERE document_id = (SELECT id FROM documents WHERE ${KEY}) AND variant = ? AND storage_uri = ?
       AND (bytes IS NULL OR bytes = ?) AND (sha256 = COALESCE(?, sha256) OR (sha256 IS NULL AND storage_uri = ?))
       AND ((bytes IS NULL AND CAST(? AS BIGINT) IS NOT NULL) OR (sha256 IS NULL AND CAST(? AS TEXT) IS NOT NULL)
         OR (content_type IS NULL AND CAST(? AS TEXT) IS NOT NULL))${leased.sql}`,
    bytes,
    sha256,
    contentType,
    ...keyValues(key),
    variant.variant,
    variant.storageUri,
    bytes,
    sha256,
    provingPlace(variant.storageUri, proof),
    bytes,
    sha256,
    contentType,
    ...leased.values,
  );
}

/** Files the bytes offered as a variant of the document with this key, if that has other bytes. */
export function insertChangedVariant(
  document: ParsedRegistration,
  variant: ParsedVariant,
  { proof, lease }: Pick<CompleteOptions, "proof" | "lease">,
): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `INSERT INTO variants (document_id, variant, storage_uri, bytes, content_type, sha256, created_at)
     SELECT id, ?, ?, CAST(? AS BIGINT), ?, ?, ? FROM documents WHERE ${KEY} AND ${OTHER_BYTES}${leased.sql}
     ON CONFLICT (document_id, variant) DO NOTHING`,
    ...variantValues(variant),
    ...keyValues(document),
    ...otherBytesValues(document, proof),
    ...leased.values,
  );
}

/** A row that names a place where its bytes are not any more, or damaged. */
export interface LostPlace extends CompleteOptions {
  /** What the row names. */
  readonly lost: StorageUri;
}

/** Points a document to where its bytes are now, if they are those offered. */
export function repointDocument(document: ParsedRegistration, { proof, now, lost, lease }: LostPlace): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `UPDATE documents SET storage_uri = ?, updated_at = ?
     WHERE ${KEY} AND storage_uri = ? AND NOT ${OTHER_BYTES}${leased.sql}`,
    document.storageUri,
    now,
    ...keyValues(document),
    lost,
    ...otherBytesValues(document, proof),
    ...leased.values,
  );
}

/** Points a variant of the document with this key to where its bytes are now, if they are those offered. */
export function repointVariant(
  key: DocumentKey,
  { variant, storageUri, bytes, sha256 }: ParsedVariant,
  { lost, lease }: LostPlace,
): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `UPDATE variants SET storage_uri = ? WHERE document_id = (SELECT id FROM documents WHERE ${KEY}) AND variant = ?
       AND storage_uri = ? AND bytes = ? AND (bytes = 0 OR sha256 = ?)${leased.sql}`,
    storageUri,
    ...keyValues(key),
    variant,
    lost,
    bytes,
    sha256,
    ...leased.values,
  );
}
