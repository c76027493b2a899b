import type { DropReason, KeepReason } from "../../core/retention/reasons.ts";
import type { UnmetCap } from "../../core/retention/unmet-cap.ts";
import type { CallOptions } from "../call-options.ts";
import type { Plan } from "../plan/plan.ts";

/** Options of `planRetention`. */
export interface RetentionOptions extends CallOptions {
  /** Plan also what would drop every row of the catalog. @default false */
  readonly allowAll?: boolean | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: RetentionProgress) => void) | undefined;
}

/** How far `planRetention` is. */
export interface RetentionProgress {
  /** Rows that were read. */
  readonly rows: number;
}

/** What a policy comes to. */
export interface RetentionReport {
  /** All rows of the catalog. */
  readonly rows: number;
  /** Rows that go. */
  readonly dropped: number;
  /** Blobs that nothing in the catalog names then: what `gc` may take after a while. */
  readonly freedFiles: number;
  /** Their sizes by the records, in bytes. */
  readonly freedBytes: number;
  /** How many rows go or stay for each reason; a reason that no row has is not there. */
  readonly reasons: Readonly<Partial<Record<DropReason | KeepReason, number>>>;
  /** Caps that cannot be met. */
  readonly unmet: readonly UnmetCap[];
}

/** A plan of which rows go and which stay, and what that comes to. */
export interface RetentionPlan extends Plan {
  /** What nothing in the catalog names then, in bytes; rows that stay count for nothing. */
  readonly bytes: number;
  /** All in all. */
  readonly report: RetentionReport;
}
