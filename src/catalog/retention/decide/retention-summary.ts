import type { DropReason, KeepReason } from "../../../core/retention/reasons.ts";
import type { UnmetCap } from "../../../core/retention/unmet-cap.ts";

/** What a decision comes to. */
export interface RetentionSummary {
  /** Rows that were decided about. */
  readonly rows: number;
  /** Those that go. */
  readonly dropped: number;
  /** Blobs that no row and variant of the catalog names then. */
  readonly freedFiles: number;
  /** Their size by the records, in bytes. */
  readonly freedBytes: number;
  /** Rows by reason; a reason that no row has is not there. */
  readonly reasons: Readonly<Partial<Record<DropReason | KeepReason, number>>>;
  /** Caps that could not be met. */
  readonly unmet: readonly UnmetCap[];
  /** How many commits the catalog had before the rows were read. */
  readonly sequence: number;
}
