/** How search results are sorted; ties are broken by id. */
export type SearchSort = "created_at" | "updated_at" | "bytes" | "artifact_id" | "source_url" | "id";

/** Which documents to search for; all conditions must hold. Without any, all documents match. */
export interface SearchQuery {
  readonly artifactId?: string | undefined;
  readonly sourceUrl?: string | undefined;
  readonly resolver?: string | undefined;
  readonly runId?: string | undefined;
  /** A media type, which also finds it with parameters, or a family like `image/*`. */
  readonly contentType?: string | undefined;
  /** A hash or the beginning of one, of at least 4 characters. */
  readonly sha256?: string | undefined;
  /** The beginning of the storage URI. */
  readonly storageUriPrefix?: string | undefined;
  /** Part of the artifact id, source URL or storage URI; ASCII letters match in either case. */
  readonly text?: string | undefined;
  /** Smallest size in bytes, inclusive. */
  readonly minBytes?: number | undefined;
  /** Largest size in bytes, inclusive. */
  readonly maxBytes?: number | undefined;
  /** Created at this time or later. */
  readonly since?: string | Date | undefined;
  /** Created before this time. */
  readonly until?: string | Date | undefined;
  /** With a hash on record, or without. */
  readonly hashed?: boolean | undefined;
  /** @default "id" */
  readonly sort?: SearchSort | undefined;
  /** @default "ascending" */
  readonly order?: "ascending" | "descending" | undefined;
  /** Stop after this many. @default no limit */
  readonly limit?: number | undefined;
  /** Go on behind the page that gave this cursor; filters, sort and order must be the same. */
  readonly cursor?: string | undefined;
}
