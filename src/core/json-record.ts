import type { DocumentRecord, VariantRecord } from "./document.ts";

/** A document with the names of the table's columns, as JSON has it. */
export interface DocumentJson {
  /** The id that the catalog gave; no later document has the same. */
  readonly id: number;
  /** The thing wanted, for example `doi:10.1234/abcd`. */
  readonly artifact_id: string;
  /** Where the bytes came from. */
  readonly source_url: string;
  /** What found the URL, for example `unpaywall`. */
  readonly resolver: string;
  /** Media type (RFC 9110), or `null` where nobody said. */
  readonly content_type: string | null;
  /** Size of the blob in bytes. */
  readonly bytes: number;
  /** Digest of the blob in 64 lower-case hexadecimal characters, or `null` while hashing was off. */
  readonly sha256: string | null;
  /** Where the bytes are; it need not be under the storage root. */
  readonly storage_uri: string;
  /** When it was downloaded, in UTC (RFC 3339). */
  readonly created_at: string;
  /** When the row last changed, in UTC (RFC 3339). */
  readonly updated_at: string;
  /** The pipeline execution that registered it, or `null` where nobody said. */
  readonly run_id: string | null;
}

/** A variant with the names of the table's columns, as JSON has it. */
export interface VariantJson {
  /** The id that the catalog gave; no later variant has the same. */
  readonly id: number;
  /** The `id` of the document that it is a rendering of. */
  readonly document_id: number;
  /** Which rendering it is, for example `html`. */
  readonly variant: string;
  /** Where the bytes of the rendering are. */
  readonly storage_uri: string;
  /** Size in bytes, or `null` where nobody said. */
  readonly bytes: number | null;
  /** Media type (RFC 9110), or `null` where nobody said. */
  readonly content_type: string | null;
  /** Digest in 64 lower-case hexadecimal characters, or `null` where there is none. */
  readonly sha256: string | null;
  /** When it was made, in UTC (RFC 3339). */
  readonly created_at: string;
}

/** The JSON form of a document. */
export function documentToJson(record: DocumentRecord): DocumentJson {
  return {
    id: record.id,
    artifact_id: record.artifactId,
    source_url: record.sourceUrl,
    resolver: record.resolver,
    content_type: record.contentType,
    bytes: record.bytes,
    sha256: record.sha256,
    storage_uri: record.storageUri,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    run_id: record.runId,
  };
}

/** The JSON form of a variant. */
export function variantToJson(record: VariantRecord): VariantJson {
  return {
    id: record.id,
    document_id: record.documentId,
    variant: record.variant,
    storage_uri: record.storageUri,
    bytes: record.bytes,
    content_type: record.contentType,
    sha256: record.sha256,
    created_at: record.createdAt,
  };
}
