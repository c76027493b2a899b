import type { Sha256 } from "../sha256.ts";
import type { Timestamp } from "../timestamp.ts";

/** Another rendering of a document that a line names. */
export interface ManifestRendering {
  /** The name of the variant, like `html-2`. */
  readonly variant: string;
  /** As written in the line. */
  readonly path: string;
}

/** A line that says a file was stored; every value was checked. */
export interface ManifestOutcome {
  readonly kind: "outcome";
  readonly artifactId: string;
  /** `null`: the line has none, and the `file:` URI of the file takes its place. */
  readonly sourceUrl: string | null;
  readonly resolver: string;
  readonly contentType: string | null;
  /** As written in the line: relative to the base directory, or absolute. */
  readonly path: string;
  /** Size in bytes, or `null` where the line does not say. */
  readonly bytes: number | null;
  readonly sha256: Sha256 | null;
  /** `null`: the time of the import takes its place. */
  readonly createdAt: Timestamp | null;
  readonly runId: string | null;
  readonly renderings: readonly ManifestRendering[];
}

/** A line that cannot be used. */
export interface DamagedLine {
  readonly kind: "damaged";
  /** What is wrong, as one sentence for people, with values quoted and escaped. */
  readonly reason: string;
}

/**
 * What a line is:
 * - `attempt`: a request that was made, whatever came of it
 * - `other`: another record, like a summary, or an empty line
 * - `failure`, `skip`, `dryRun`: an outcome that stored no file
 * - `outcome`: an outcome that stored a file
 * - `damaged`: none of these
 */
export type ManifestEntry =
  | { readonly kind: "attempt" | "other" | "failure" | "skip" | "dryRun" }
  | ManifestOutcome
  | DamagedLine;

/** A line that was decoded: one JSON object. */
export type ManifestObject = Readonly<Record<string, unknown>>;
