import type { CallOptions } from "../call-options.ts";
import type { FileCount } from "../collect/collect-options.ts";
import type { Plan } from "../plan/plan.ts";

/** How far `planDedup` is. */
export interface DedupProgress {
  /** Groups of rows with one hash that were looked at. */
  readonly groups: number;
  /** Files that would share the bytes of others. */
  readonly actions: number;
}

/** Options of `planDedup`. */
export interface DedupOptions extends CallOptions {
  /** Leave out files that are smaller, in bytes. Empty files are never taken. @default 1 */
  readonly minBytes?: number | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: DedupProgress) => void) | undefined;
}

/** What was found to be stored more than once. */
export interface DedupPlanReport {
  /** Hashes whose bytes are in two or more files below the root. */
  readonly groups: number;
  /** Those files, with the names that rows have for them. */
  readonly files: FileCount;
  /** Names that stay apart though their bytes are stored elsewhere, too. */
  readonly apart: {
    /** Somebody else than the owner may write to them. */
    readonly writable: number;
    /** They have another owner or mode, or are files that were registered where they lie, and nothing can be cloned here. */
    readonly owned: number;
    /** There is no file of the size on record. */
    readonly missing: number;
  };
  /** How many bytes the plan frees. */
  readonly freedBytes: number;
  /** Files may share blocks already, which cannot be seen: then {@link freedBytes} is the most. */
  readonly mayShareBlocks: boolean;
}

/** A plan of what would share bytes. */
export interface DedupPlan extends Plan {
  /** What was found. */
  readonly report: DedupPlanReport;
}
