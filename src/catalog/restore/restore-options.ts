import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { EarlierRemoval } from "../../core/outcome.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { ResolveOptions } from "../find/resolve-thing.ts";

/**
 * What is to be brought back: all that some words name, each as `why` takes it, or all that an operation removed, by its
 * id.
 */
export type RestoreTargets = readonly string[] | { readonly plan: string };

/** Options of `restore`. */
export interface RestoreOptions extends ResolveOptions {
  /** Do it; else it is only said what would be done. @default false */
  readonly apply?: boolean | undefined;
  /** Told of each row, and of bytes that come back without one. */
  readonly onRestored?: ((restored: RestoredThing) => void) | undefined;
  /** Told of each row, or bytes, that do not come back. */
  readonly onFinding?: ((finding: RestoreFinding) => void) | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
}

/** How far a restoration is. */
export interface RestoreProgress {
  /** Documents, each with its variants, and blobs without a row that were looked at. */
  readonly done: number;
}

/** A row, or bytes without one, that came back, or would. */
export interface RestoredThing {
  /** Where its bytes are, or will be. */
  readonly uri: StorageUri;
  /** How large they are, in bytes. */
  readonly bytes: number;
  /** Whether they lie there still, or come from the trash. */
  readonly from: "place" | "trash";
  /** Where they were, if others have that name by now; else `null`. */
  readonly formerUri: StorageUri | null;
  /** The document, if the row is that of one; else `null`. */
  readonly document: DocumentRecord | null;
  /** The variant, if the row is that of one; else `null`. Its `id` is 0 while it is not known. */
  readonly variant: VariantRecord | null;
  /** That its bytes had been removed on purpose, which ends when it is there; `null` where that is not on record. */
  readonly removedBefore: EarlierRemoval | null;
}

/** The values of {@link RestoreFindingKind}. */
export const RESTORE_FINDINGS: readonly RestoreFindingKind[] = ["no_bytes", "exists", "held", "damaged"];

/**
 * Why something does not come back:
 * - `no_bytes`: its bytes are neither where they were nor in the trash, or cannot be read
 * - `exists`: another document has its key
 * - `held`: a collector that may be alive has its bytes, and decides about them; try again
 * - `damaged`: what is on record about it is not enough to make a row
 */
export type RestoreFindingKind = "no_bytes" | "exists" | "held" | "damaged";

/** Something that does not come back. */
export interface RestoreFinding {
  /** Why. */
  readonly kind: RestoreFindingKind;
  /** One sentence for people. */
  readonly message: string;
  /** Where its bytes were. */
  readonly uri: StorageUri;
  /** The document that it is, or belongs to; `null` where there is none. */
  readonly documentId: number | null;
  /** The variant that it is; `null` for a document, or bytes. */
  readonly variant: string | null;
  /** The document that has its key, for `exists`; else `null`. */
  readonly existingId: number | null;
}

/** What `restore` did, or would do. */
export interface RestoreSummary {
  /** Documents that came back. */
  readonly documents: number;
  /** Variants that did. */
  readonly variants: number;
  /** Blobs that did without a row. */
  readonly blobs: number;
  /** How many bytes came out of the trash. */
  readonly bytes: number;
  /** What does not come back. */
  readonly findings: number;
}
