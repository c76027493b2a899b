/**
 * Which field of a generic line holds what. A name with dots goes into nested objects: `file.path`. A field that is
 * not named here falls back to the common names of {@link DEFAULT_FIELDS}.
 */
export interface FieldMap {
  /** What becomes the artifact id; a line without one is damaged. A whole number is taken as text. */
  readonly artifactId?: string | undefined;
  /** Where the bytes came from; without one it is the `file:` URI of the file. */
  readonly sourceUrl?: string | undefined;
  /** What found the URL; without one it is the `resolver` of the import's options. */
  readonly resolver?: string | undefined;
  /** The file: a path, relative to the base directory or absolute, or a `file:` URI. A line without one is damaged. */
  readonly path?: string | undefined;
  /** The media type. */
  readonly contentType?: string | undefined;
  /** The size in bytes, as a number or as digits. */
  readonly bytes?: string | undefined;
  /** The SHA-256 in hexadecimal characters, also behind `sha256:`. A field that is named here may hold nothing else. */
  readonly sha256?: string | undefined;
  /** The pipeline execution; without one it is the `runId` of the import's options. */
  readonly runId?: string | undefined;
  /** The time of the download: RFC 3339, or a number of seconds or milliseconds since 1970. */
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
