import type { PlanAction } from "../../core/plan/plan-action.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { Plan, PlanFinding } from "../plan/plan.ts";

/** Where catalogs are that are not where the root has seen them: paths by id. */
export type CatalogPlaces = ReadonlyMap<string, string>;

/** How far a collection is. */
export interface CollectProgress {
  /** What it does: `look` through the root, or `collect`. */
  readonly phase: "look" | "collect";
  /** Files that were looked at, or lines that were done. */
  readonly done: number;
  /** How many lines there are; `undefined` while nobody knows. */
  readonly total: number | undefined;
}

/** Options of `planCollect`. */
export interface CollectOptions extends CallOptions {
  /** For how long bytes must be unreferenced, in days. @default what the settings say */
  readonly orphanTtlDays?: number | undefined;
  /** Delete what is in quarantine for so many days, too. @default nothing of it goes */
  readonly quarantineDays?: number | undefined;
  /** Put what goes into the trash, where `restore` finds it. @default false */
  readonly trash?: boolean | undefined;
  /** Take what nobody knows, too, into the trash. @default false */
  readonly unknown?: boolean | undefined;
  /** Take at most so many blobs, the longest unreferenced first. @default no limit */
  readonly maxFiles?: number | undefined;
  /** Take blobs of at most so many bytes together; one that is larger than what is left stays. @default no limit */
  readonly maxBytes?: number | undefined;
  /** Write nothing at all, not even when orphans were first seen. @default false */
  readonly dryRun?: boolean | undefined;
  /** Give blobs their names back first that a collector took which is gone. @default false */
  readonly giveBackFirst?: boolean | undefined;
  /** Where catalogs are that are not where the root has seen them. @default they are there */
  readonly catalogAt?: CatalogPlaces | undefined;
  /** Told of each blob that was given its name back. */
  readonly onApplied?: ((action: PlanAction) => void) | undefined;
  /** Told of each blob that was to be given back, and could not be. */
  readonly onFinding?: ((finding: PlanFinding) => void) | undefined;
  /** Told of each file that stays as nobody knows whose it is. */
  readonly onUnknown?: ((file: UnknownFile) => void) | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** Something below the root that no catalog refers to, and none can prove to be its own. */
export interface UnknownFile {
  /** Its name below the root, for people. */
  readonly name: string;
  /** As the store writes it; `undefined` for a name that no URI has. */
  readonly uri: StorageUri | undefined;
  /** Its size; 0 for what is no regular file. */
  readonly bytes: number;
  /** Why it would stay even if unknown files were to go; `undefined` for what would go. */
  readonly objection: string | undefined;
}

/** How many there are, and how large they are together. */
export interface FileCount {
  /** How many. */
  readonly files: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

/** How many rows there are, and how large their bytes are by the records. */
export interface RowCount {
  /** How many. */
  readonly rows: number;
  /** The sum of their sizes; bytes that several of them name count several times. */
  readonly bytes: number;
}

/** What became of blobs that a collector took which is gone. */
export interface GivenBack {
  /** They have their names. */
  readonly back: number;
  /** Others had their names: each is a finding. */
  readonly displaced: number;
}

/** What lies below the root. */
export interface CollectReport {
  /** What rows, variants and leases refer to: blobs that are there, and their sizes by the records. */
  readonly live: FileCount;
  /** What nothing refers to, and is ours. */
  readonly orphaned: FileCount;
  /** What of that may go, whether the plan takes it or not. */
  readonly ripe: FileCount;
  /** What nothing refers to, and nobody can prove to be ours. */
  readonly unknown: FileCount;
  /** Blobs that were given their names back before anything was looked at, and those for which that could not be. */
  readonly givenBack: GivenBack;
  /** How many bytes the plan frees: a file with several names counts when all of them go. */
  readonly freedBytes: number;
  /** Blobs may share blocks on the device: then {@link freedBytes} is an upper bound. */
  readonly mayShareBlocks: boolean;
  /** When the first of the orphans is ripe that is not yet; `undefined` where there is none. */
  readonly nextRipeAt: Timestamp | undefined;
  /** It was written down when each orphan was first seen. */
  readonly noted: boolean;
  /** Why that could not be written down, as one sentence; `undefined` where it was, or was not to be. */
  readonly notNotedBecause: string | undefined;
}

/** What a collection would do, and what lies below the root. */
export interface CollectPlan extends Plan {
  /** What was found. */
  readonly report: CollectReport;
}

/** Options of `apply`. */
export interface ApplyOptions extends CallOptions {
  /** Take more than half of the blobs, or of the bytes. @default false */
  readonly force?: boolean | undefined;
  /** Begin nothing new when so many milliseconds are over. @default no limit */
  readonly maxTimeMs?: number | undefined;
  /** Where catalogs are that are not where the root has seen them. @default they are there */
  readonly catalogAt?: CatalogPlaces | undefined;
  /** Told of each line that was done. */
  readonly onApplied?: ((action: PlanAction) => void) | undefined;
  /** Told of each line that did not hold any more. */
  readonly onFinding?: ((finding: PlanFinding) => void) | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** What `apply` did. */
export interface ApplySummary {
  /** What `removals` calls it: 32 hexadecimal characters. */
  readonly operationId: string;
  /** Every line was done, or did not hold any more; `false` where the time was over. */
  readonly complete: boolean;
  /** What went: blobs, staged files, and what was in the trash for long enough. */
  readonly removed: FileCount;
  /** Names that share the bytes of another file from now on. */
  readonly shared: FileCount;
  /** Rows that went from the catalog; their bytes stay where they are. */
  readonly dropped: RowCount;
  /** Blobs that got their names back which a collector had taken that is gone. */
  readonly givenBack: number;
  /** Lines that were not done, each a finding. */
  readonly findings: number;
  /** Room on the device that is free now: a file with several names counts when all of them went. 0 for the trash. */
  readonly freedBytes: number;
  /** Blobs may share blocks on the device: then {@link freedBytes} is an upper bound. */
  readonly mayShareBlocks: boolean;
}
