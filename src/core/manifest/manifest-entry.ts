import type { DocumentKey } from "../document.ts";
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
  /** Tells it from a {@link DamagedLine}. */
  readonly kind: "outcome";
  /** The thing wanted; no line without it gets this far. */
  readonly artifactId: string;
  /** `null`: the line has none, and the `file:` URI of the file takes its place. */
  readonly sourceUrl: string | null;
  /** What found the URL: of the line, else of the options of the import. */
  readonly resolver: string;
  /** Media type, or `null` where the line does not say. */
  readonly contentType: string | null;
  /** As written in the line: relative to the base directory, or absolute. */
  readonly path: string;
  /** Size in bytes, or `null` where the line does not say. */
  readonly bytes: number | null;
  /** Digest that the line claims, or `null`; the bytes were not looked at yet. */
  readonly sha256: Sha256 | null;
  /** `null`: the time of the import takes its place. */
  readonly createdAt: Timestamp | null;
  /** `null`: the run id of the import takes its place. */
  readonly runId: string | null;
  /** Other renderings of the same document; often none. */
  readonly renderings: readonly ManifestRendering[];
  /** What the line says of the document's key, where that has secrets. */
  readonly given?: Pick<DocumentKey, "artifactId" | "resolver"> & { readonly sourceUrl: string | null };
}

/** A line that cannot be used. */
export interface DamagedLine {
  /** Tells it from a {@link ManifestOutcome}. */
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
