/**
 * Which rows are to go. Drop rules (`olderThanMs`, `keepLast`) say which rows go by themselves: where both are given, both
 * have to say so. Caps (`maxTotalBytes`, `maxFiles`, `minFreeBytes`) take rows beyond that until they are met, the oldest
 * first. `resolvers`, `contentTypes` and `runIds` narrow what all of them are about.
 */
export interface RetentionPolicy {
  /** Rows that are older go, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** All rows of a unit but so many of the newest go. */
  readonly keepLast?: number | undefined;
  /** Only rows of these resolvers. @default of all */
  readonly resolvers?: readonly string[] | undefined;
  /** Only rows of these media types. @default of all, and those without */
  readonly contentTypes?: readonly string[] | undefined;
  /** Only rows of these pipeline executions. @default of all, and those of none */
  readonly runIds?: readonly string[] | undefined;
  /** What the rows name may be so large together, in bytes; what several rows name counts once. */
  readonly maxTotalBytes?: number | undefined;
  /** What the rows name may be so many blobs. */
  readonly maxFiles?: number | undefined;
  /** So much is to be free on the device of the root once the blobs are collected, in bytes. */
  readonly minFreeBytes?: number | undefined;
  /** Caps take nothing that is younger, in milliseconds. @default 7 days */
  readonly minAgeMs?: number | undefined;
  /** A row goes only if so many good copies of its unit remain. @default what the settings say */
  readonly keepCopies?: number | undefined;
}

/** What the settings say where a policy says nothing. */
export interface RetentionDefaults {
  /** The rule by age of a policy without rule and cap, in days; 0: there is none. */
  readonly retentionDays: number;
  /** How many good copies remain. */
  readonly keepCopies: number;
}

/** A policy that was checked, with nothing left to be looked up elsewhere. */
export interface CompletePolicy extends RetentionPolicy {
  /** Caps take nothing that is younger, in milliseconds. */
  readonly minAgeMs: number;
  /** A row goes only if so many good copies of its unit remain. */
  readonly keepCopies: number;
}
