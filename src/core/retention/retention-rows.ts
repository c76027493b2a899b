/** What is known of a row beside its numbers; a row may have several of these bits. */
export const ROW_FLAGS: {
  /** It holds what no row may: it stays, and is nobody's copy. */
  readonly damaged: 1;
  /** The policy is not about it. */
  readonly outOfScope: 2;
  /** A pin holds it. */
  readonly pinned: 4;
  /** Somebody claims what it names right now. */
  readonly leased: 8;
} = { damaged: 1, outOfScope: 2, pinned: 4, leased: 8 };

/** What is known of a blob. */
export const BLOB_STATES: {
  /** Nobody has looked. */
  readonly unseen: 0;
  /** It is there, and not known to be bad. */
  readonly good: 1;
  /** It is gone, or was bad when it was last verified. */
  readonly bad: 2;
} = { unseen: 0, good: 1, bad: 2 };

/** The rows of a catalog as numbers, by id: what is decided about a million rows has no object for each. */
export interface RetentionRows {
  /** How many there are. */
  readonly size: number;
  /** Their ids, ascending. */
  readonly ids: Float64Array;
  /** When they were created, in milliseconds since 1970; NaN for a damaged row. */
  readonly createdMs: Float64Array;
  /** Whose copies they are: an artifact, or a source of one; -1 for a damaged row. */
  readonly units: Int32Array;
  /** What they name; -1 where that cannot be read. */
  readonly blobs: Int32Array;
  /** See {@link ROW_FLAGS}. */
  readonly flags: Uint8Array;
  /** Units are numbered from 0. */
  readonly unitCount: number;
}

/** Other renderings of rows, which go with them. */
export interface RetentionVariants {
  /** How many there are. */
  readonly size: number;
  /** Where the row of each stands in {@link RetentionRows}. */
  readonly rows: Int32Array;
  /** What they name. */
  readonly blobs: Int32Array;
}

/** What rows and variants name, each place once. */
export interface RetentionBlobs {
  /** How many there are. */
  readonly size: number;
  /** Their sizes by the records, in bytes; the largest where these differ. */
  readonly bytes: Float64Array;
  /** See {@link BLOB_STATES}. */
  readonly states: Uint8Array;
  /** Of two names of one file, as far as that was seen, both have the same number here: that of one of them. */
  readonly files: Int32Array;
  /** 1 for what lies below the root. */
  readonly inRoot: Uint8Array;
}

/** All that is decided about. */
export interface RetentionInput {
  /** The rows, by number. */
  readonly rows: RetentionRows;
  /** Their variants. */
  readonly variants: RetentionVariants;
  /** What both name. */
  readonly blobs: RetentionBlobs;
}
