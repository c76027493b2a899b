import { DROP_REASONS, type DropReason, KEEP_REASONS, type KeepReason } from "../retention/reasons.ts";
import type { Sha256 } from "../sha256.ts";
import type { StorageUri } from "../storage-uri.ts";
import type { Timestamp } from "../timestamp.ts";

/** The values of {@link FileActionKind}. */
export const FILE_ACTIONS: readonly FileActionKind[] = ["delete", "trash", "drop_staged", "give_back", "share"];

/** The values of {@link RowActionKind}. */
export const ROW_ACTIONS: readonly RowActionKind[] = ["drop_row", "keep_row"];

/** The values of {@link PlanActionKind}. */
export const PLAN_ACTIONS: readonly PlanActionKind[] = [...FILE_ACTIONS, ...ROW_ACTIONS];

/** What is done to one thing. */
export type PlanActionKind = FileActionKind | RowActionKind;

/**
 * What is done to one thing below the root:
 * - `delete`: it is gone for good
 * - `trash`: it goes into the trash, where `restore` finds it
 * - `drop_staged`: bytes that somebody staged and never placed are gone
 * - `give_back`: a blob that a collector took and left gets its name back
 * - `share`: its name gets the bytes of another file, as a clone or as a further name of that
 */
export type FileActionKind = "delete" | "trash" | "drop_staged" | "give_back" | "share";

/**
 * What is done to a row:
 * - `drop_row`: it goes from the catalog with its variants; the bytes stay where they are
 * - `keep_row`: nothing; it is said that it stays, and why
 */
export type RowActionKind = "drop_row" | "keep_row";

/** The values of {@link FileReason}. */
export const FILE_REASONS: readonly FileReason[] = [
  "unreferenced",
  "abandoned",
  "unknown",
  "dead_process",
  "dead_run",
  "trash_expired",
  "quarantine_expired",
  "empty_folder",
  "duplicate",
];

/** The values of {@link PlanReason}. */
export const PLAN_REASONS: readonly PlanReason[] = [...FILE_REASONS, ...DROP_REASONS, ...KEEP_REASONS];

/** Why something is done: to a file, or to a row. */
export type PlanReason = FileReason | DropReason | KeepReason;

/** Whether a reason is one for what becomes of a row. */
export function isRowReason(reason: PlanReason): reason is DropReason | KeepReason {
  return !FILE_REASONS.some((each) => each === reason);
}

/**
 * Why something is done to a file, or to a folder:
 * - `unreferenced`: the bytes were placed by a catalog of the root, and nothing refers to them
 * - `abandoned`: they were placed, and never came to a row
 * - `unknown`: nobody knows whose they are, and the caller said that they are to go
 * - `dead_process`: who staged them is gone
 * - `dead_run`: who took the blob is gone
 * - `trash_expired`: it was in the trash for as long as it is kept there
 * - `quarantine_expired`: it was in quarantine for as long as the caller wants it kept there
 * - `empty_folder`: there is nothing in it
 * - `duplicate`: another file has the same bytes
 */
export type FileReason =
  | "unreferenced"
  | "abandoned"
  | "unknown"
  | "dead_process"
  | "dead_run"
  | "trash_expired"
  | "quarantine_expired"
  | "empty_folder"
  | "duplicate";

/** The verbs that make plans. */
export const PLAN_VERBS: readonly PlanVerb[] = ["gc", "dedup", "retention"];

/** A verb that makes plans. */
export type PlanVerb = "gc" | "dedup" | "retention";

/** What a plan does to one thing, and what must be so still when it is done. */
export interface PlanAction {
  /** What is done. */
  readonly action: PlanActionKind;
  /** To what, as the store writes it; for `trash_expired` and `quarantine_expired` its place there. */
  readonly uri: StorageUri;
  /** Its size; 0 for a folder. */
  readonly bytes: number;
  /** Since when nothing refers to it, or since when it lies there; `null` where that does not matter. */
  readonly since: Timestamp | null;
  /** From when on it may be done; `null` where that does not matter. */
  readonly ripeAt: Timestamp | null;
  /** Why. */
  readonly reason: PlanReason;
  /** When it was last changed, in milliseconds since 1970; `null` for a folder. */
  readonly modifiedMs: number | null;
  /** Which file it is, as the file system tells files apart; `null` for a folder. */
  readonly identity: string | null;
  /** For `duplicate`, and only there: the file whose bytes its name gets, as the store writes it. */
  readonly from?: StorageUri | undefined;
  /** For `drop_row` and `keep_row`, and only there: the row. What is said of files is `null` then. */
  readonly row?: PlannedRow | undefined;
}

/**
 * A row of `documents`, as a plan has it: what it was when the plan was made. Only of a damaged row, which is kept, names
 * and times may be `null`, where they cannot be read; then the `uri` of the action is empty, and its `bytes` are 0.
 */
export interface PlannedRow {
  /** Its id. */
  readonly id: number;
  /** Names of more than {@link MAX_SHOWN_NAME} characters are cut: they are for people. */
  readonly artifactId: string | null;
  /** Likewise. */
  readonly sourceUrl: string | null;
  /** Likewise. */
  readonly resolver: string | null;
  /** Of its bytes, or `null` where nobody computed it. */
  readonly sha256: Sha256 | null;
  /** When it was downloaded, or registered: what its age is counted from. */
  readonly createdAt: Timestamp | null;
  /** When it last changed: a row that changed since stays. */
  readonly updatedAt: Timestamp | null;
}

/** So many UTF-16 code units of a name stand in a plan. */
export const MAX_SHOWN_NAME = 1000;

/** What a plan is about. */
export interface PlanHead {
  /** What made it. */
  readonly verb: PlanVerb;
  /** The catalog that made it. */
  readonly catalogId: string;
  /** The root, as that catalog calls it. */
  readonly root: string;
  /** How many commits the catalog had then. */
  readonly sequence: number;
  /** When it was made. */
  readonly createdAt: Timestamp;
  /** What a plan of `retention` goes by; others have none. */
  readonly retention?: PlannedPolicy | undefined;
}

/** What a plan of `retention` goes by. */
export interface PlannedPolicy {
  /** So many copies of each artifact stay whatever the plan says. */
  readonly keepCopies: number;
  /** The rules, as they would be said on the command line. */
  readonly policy: string;
}

/** The end of a plan. */
export interface PlanFoot {
  /** How many actions it has. */
  readonly actions: number;
  /** The sum of their sizes. */
  readonly bytes: number;
  /** Of all lines before, each with its line feed, in UTF-8. */
  readonly sha256: Sha256;
}
