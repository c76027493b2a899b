/**
 * Which field of a generic line holds what. A name with dots goes into nested objects: `file.path`. A field that is
 * not named here falls back to the common names of {@link DEFAULT_FIELDS}.
 */
export interface FieldMap {
  readonly artifactId?: string | undefined;
  readonly sourceUrl?: string | undefined;
  readonly resolver?: string | undefined;
  readonly path?: string | undefined;
  readonly contentType?: string | undefined;
  readonly bytes?: string | undefined;
  readonly sha256?: string | undefined;
  readonly runId?: string | undefined;
  readonly createdAt?: string | undefined;
}

/** What a generic line can say. */
export type FieldName = keyof FieldMap;

/**
 * Where a generic line is searched for what the field map does not name: the catalog's own columns first, then what
 * others call them. The first field that is there and not `null` counts.
 */
export const DEFAULT_FIELDS: Readonly<Record<FieldName, readonly string[]>> = {
  artifactId: ["artifact_id", "artifactId", "work_id", "workId", "identifier", "id", "doi"],
  sourceUrl: ["source_url", "sourceUrl", "url", "download_url", "downloadUrl", "canonical_url", "uri", "href", "link"],
  resolver: ["resolver", "provider", "source"],
  path: ["path", "file_path", "filePath", "local_path", "localPath", "file", "filename", "file_name", "storage_uri"],
  contentType: ["content_type", "contentType", "mime_type", "mimeType", "media_type", "mediaType", "mime"],
  bytes: ["bytes", "size_bytes", "sizeBytes", "size", "file_size", "fileSize", "content_length", "contentLength"],
  sha256: ["sha256", "sha_256", "sha256sum", "hash", "checksum", "digest"],
  runId: ["run_id", "runId", "run"],
  createdAt: ["created_at", "createdAt", "timestamp", "downloaded_at", "downloadedAt", "fetched_at", "date", "time"],
};

/** Names of {@link DEFAULT_FIELDS} that hold any kind of hash: used only where it looks like a SHA-256. */
export const ANY_HASH_FIELDS: ReadonlySet<string> = new Set(["hash", "checksum", "digest"]);
