import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlRow } from "../../ports/sql.ts";

/**
 * The record of a row of `DOCUMENT_COLUMNS`. What was checked on its way in is not checked again; but rows of before may
 * have secrets, which nobody is shown.
 */
export function documentFromRow(row: SqlRow): DocumentRecord {
  return Object.freeze({
    id: row[0] as number,
    artifactId: cleanSecrets(row[1] as string),
    sourceUrl: cleanSecrets(row[2] as string),
    resolver: row[3] as string,
    contentType: row[4] as string | null,
    bytes: row[5] as number,
    sha256: row[6] as Sha256 | null,
    storageUri: row[7] as StorageUri,
    createdAt: row[8] as Timestamp,
    updatedAt: row[9] as Timestamp,
    runId: row[10] as string | null,
  });
}

/** The record of a row of `VARIANT_COLUMNS`. */
export function variantFromRow(row: SqlRow): VariantRecord {
  return Object.freeze({
    id: row[0] as number,
    documentId: row[1] as number,
    variant: row[2] as string,
    storageUri: row[3] as StorageUri,
    bytes: row[4] as number,
    contentType: row[5] as string | null,
    sha256: row[6] as Sha256 | null,
    createdAt: row[7] as Timestamp,
  });
}
