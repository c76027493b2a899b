import type { DocumentRecord, VariantRecord } from "./document.ts";

/** A document with the names of the table's columns, as JSON has it. */
export interface DocumentJson {
  readonly id: number;
  readonly artifact_id: string;
  readonly source_url: string;
  readonly resolver: string;
  readonly content_type: string | null;
  readonly bytes: number;
  readonly sha256: string | null;
  readonly storage_uri: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly run_id: string | null;
}

/** A variant with the names of the table's columns, as JSON has it. */
export interface VariantJson {
  readonly id: number;
  readonly document_id: number;
  readonly variant: string;
  readonly storage_uri: string;
  readonly bytes: number | null;
  readonly content_type: string | null;
  readonly sha256: string | null;
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
