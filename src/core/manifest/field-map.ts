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
