import type { DocumentKey } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { whileLeased } from "../leases/lease-statements.ts";
import { leavePlace } from "../ledger/row-changes.ts";
import { relocatePlaced } from "../origins/origin-statements.ts";
import { followPlace } from "../pins/pin-rows-statements.ts";
import { keepsPinned } from "../pins/pins-statements.ts";
import { boundedText, DOCUMENT_COLUMNS, KEY, keyValues, statement, VARIANT_COLUMNS } from "../records/columns.ts";
import type { Leased } from "../register/register-statements.ts";

/** A file of this machine. */
export interface LocalFile {
  /** Absolute and real. */
  readonly path: string;
  /** Its canonical URI where it lies. */
  readonly uri: StorageUri;
}

/** Rows that name a file where it lies; its parameters are {@link namedValues}. */
const NAMED = "storage_uri = ? OR storage_uri IN (SELECT uri FROM in_place WHERE path = ?)";

function namedValues({ path, uri }: LocalFile): string[] {
  return [uri, path];
}

/**
 * Whether any row knows a file: one that {@link selectDocumentsOfFile} or {@link selectVariantsOfFile} gives. Of a file
 * that is new nobody has to ask them, which costs ten times as much.
 */
export function selectIsKnown({ path, uri }: LocalFile, sourceUrl: string): SqlStatement {
  return statement(
    `SELECT EXISTS (SELECT 1 FROM sources WHERE path = ?) OR EXISTS (SELECT 1 FROM in_place WHERE path = ?)
       OR EXISTS (SELECT 1 FROM documents WHERE source_url = ?) OR EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
       OR EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)`,
    path,
    path,
    sourceUrl,
    uri,
    uri,
  );
}

/** The documents of a file: what came from it, and what names it where it lies. */
export function selectDocumentsOfFile(file: LocalFile, sourceUrl: string): SqlStatement {
  return statement(
    `SELECT ${DOCUMENT_COLUMNS} FROM documents
     WHERE id IN (SELECT document_id FROM sources WHERE path = ? AND variant IS NULL) OR source_url = ? OR ${NAMED}
     ORDER BY id`,
    file.path,
    sourceUrl,
    ...namedValues(file),
  );
}

/** The variants of a file: what came from it, and what names it where it lies. */
export function selectVariantsOfFile(file: LocalFile): SqlStatement {
  const columns = VARIANT_COLUMNS.split(", ").map((column) => `variants.${column}`);
  return statement(
    `SELECT ${VARIANT_COLUMNS} FROM variants WHERE ${NAMED}
     UNION SELECT ${columns.join(", ")} FROM sources JOIN variants
       ON variants.document_id = sources.document_id AND variants.variant = sources.variant
     WHERE sources.path = ? ORDER BY id`,
    ...namedValues(file),
    file.path,
  );
}

/** The texts by which rows name a file where it lies. */
export function selectNames(file: LocalFile): SqlStatement {
  return statement(
    `SELECT ${boundedText("storage_uri")} FROM documents WHERE ${NAMED}
     UNION SELECT ${boundedText("storage_uri")} FROM variants WHERE ${NAMED}`,
    ...namedValues(file),
    ...namedValues(file),
  );
}

/** The leases of a place. */
export function selectLeasesOf(uri: StorageUri): SqlStatement {
  return statement("SELECT id FROM leases WHERE uri = ?", uri);
}

/** Where bytes come from. */
export interface SourcePath extends Leased {
  /** The file. */
  readonly path: string;
  /** The variant that they are, or `null` for the document itself. */
  readonly variant: string | null;
}

/** Writes down that the bytes of a document, or of its variant, come from a file. */
export function insertSource(key: DocumentKey, { path, variant, lease }: SourcePath): SqlStatement {
  const leased = whileLeased(lease);
  return statement(
    `INSERT INTO sources (path, document_id, variant)
     SELECT ?, id, CAST(? AS TEXT) FROM documents WHERE ${KEY}${leased.sql}
     ON CONFLICT (path, document_id) DO NOTHING`,
    path,
    variant,
    ...keyValues(key),
    ...leased.values,
  );
}

/** Writes down that a document names a file where it lies, if it does. */
export function insertInPlace(key: DocumentKey, { uri, path }: LocalFile): SqlStatement {
  return statement(
    `INSERT INTO in_place (uri, path) SELECT storage_uri, ? FROM documents WHERE ${KEY} AND storage_uri = ?
     ON CONFLICT (uri) DO NOTHING`,
    path,
    ...keyValues(key),
    uri,
  );
}

/** Writes down files that rows of the same batch name where they lie: each URI with its path. */
export function insertManyInPlace(files: readonly LocalFile[]): SqlStatement {
  const places = files.map(() => "(?, ?)").join(", ");
  return statement(
    `INSERT INTO in_place (uri, path) VALUES ${places} ON CONFLICT (uri) DO NOTHING`,
    ...files.flatMap(({ uri, path }) => [uri, path]),
  );
}

/** Strikes a URI out that no row names any more. */
export function deleteInPlace(uri: string): SqlStatement {
  return statement(
    `DELETE FROM in_place WHERE uri = ? AND NOT EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
       AND NOT EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)`,
    uri,
    uri,
    uri,
  );
}

/** Strikes the files of a document out that is gone. */
export function deleteSources(documentId: number): SqlStatement {
  return statement(
    "DELETE FROM sources WHERE document_id = ? AND NOT EXISTS (SELECT 1 FROM documents WHERE id = ?)",
    documentId,
    documentId,
  );
}

/** Bytes of a file that have their place in the store. */
export interface TakenIn extends Leased {
  /** The file. */
  readonly path: string;
  /** A text by which rows name it where it lies. */
  readonly from: string;
  /** Where the bytes are now. */
  readonly to: StorageUri;
  /** What they hash to, or `null` where hashing is off. */
  readonly sha256: Sha256 | null;
  /** How many they are. */
  readonly bytes: number;
  /** When the rows change. */
  readonly now: Timestamp;
}

/** A row that names the file has its bytes, unless a hash or size on record says that they are others. */
const SAME_BYTES = "storage_uri = ? AND COALESCE(bytes = ?, TRUE) AND COALESCE(sha256 = ?, TRUE)";

/**
 * Points all rows and variants that name a file by one text, and have its bytes, to their place in the store, and notes
 * where they came from.
 */
export function takeInRows({ path, from, to, sha256, bytes, now, lease }: TakenIn): readonly SqlStatement[] {
  const leased = whileLeased(lease);
  const isSame = SAME_BYTES + leased.sql;
  const same = [from, bytes, sha256, ...leased.values];
  return [
    statement(
      `INSERT INTO sources (path, document_id) SELECT ?, id FROM documents WHERE ${isSame}
       ON CONFLICT (path, document_id) DO NOTHING`,
      path,
      ...same,
    ),
    statement(
      `INSERT INTO sources (path, document_id, variant) SELECT ?, document_id, variant FROM variants WHERE ${isSame}
       ON CONFLICT (path, document_id) DO NOTHING`,
      path,
      ...same,
    ),
    statement(
      `UPDATE documents SET storage_uri = ?, sha256 = COALESCE(sha256, ?), updated_at = ? WHERE ${isSame}`,
      to,
      sha256,
      now,
      ...same,
    ),
    statement(
      `UPDATE variants SET storage_uri = ?, sha256 = COALESCE(sha256, ?), bytes = ? WHERE ${isSame}`,
      to,
      sha256,
      bytes,
      ...same,
    ),
    deleteInPlace(from),
    followPlace(from, to),
    ...leavePlace(from as StorageUri, { now, resolution: "relocated" }),
  ];
}

/**
 * Takes a document back that was inserted in this batch for a file, if another one came from that file meanwhile: then
 * that is its row. One that a pin holds stays.
 */
export function deleteSecondRow(key: DocumentKey, { path, lease }: Omit<SourcePath, "variant">): SqlStatement {
  const leased = whileLeased(lease);
  const others = "SELECT document_id FROM sources WHERE path = ?";
  const unpinned = keepsPinned({ sql: KEY, values: keyValues(key) });
  return statement(
    `DELETE FROM documents WHERE ${KEY} AND id NOT IN (${others})
       AND EXISTS (SELECT 1 FROM documents WHERE id IN (${others}))${leased.sql}${unpinned.sql}`,
    ...keyValues(key),
    path,
    path,
    ...leased.values,
    ...unpinned.values,
  );
}

/** A file that lies elsewhere now. */
export interface FileMove extends Leased {
  /** A document that names it, itself or by a variant. */
  readonly documentId: number;
  /** The URI by which the row named it, and the real path behind that. */
  readonly from: LocalFile;
  /** Where it is now. */
  readonly to: LocalFile;
}

/** Follows a file: as what rows name where it lies, as the source of its row, and as what was placed. */
export function relocateInPlace({ documentId, from, to, lease }: FileMove): readonly SqlStatement[] {
  const leased = whileLeased(lease);
  return [
    statement(
      `UPDATE sources SET path = ? WHERE path = ? AND document_id = ?
         AND NOT EXISTS (SELECT 1 FROM sources WHERE path = ? AND document_id = ?)${leased.sql}`,
      ...[to.path, from.path, documentId, to.path, documentId, ...leased.values],
    ),
    statement(
      `UPDATE in_place SET uri = ?, path = ?
       WHERE uri = ? AND NOT EXISTS (SELECT 1 FROM in_place WHERE uri = ?)${leased.sql}`,
      ...[to.uri, to.path, from.uri, to.uri, ...leased.values],
    ),
    deleteInPlace(from.uri),
    relocatePlaced(from.uri, to.uri, { lease }),
  ];
}

/** The next rows behind `afterId` that may name a file: their ids and URIs. */
export function selectFileNames(table: "documents" | "variants", afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT id, ${boundedText("storage_uri")} FROM ${table}
     WHERE id > ? AND lower(substr(storage_uri, 1, 5)) = 'file:' ORDER BY id LIMIT ?`,
    afterId,
    size,
  );
}
