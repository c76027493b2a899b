/** The values of {@link AuditKind}, in the order in which people want to know of them. */
export const AUDIT_KINDS: readonly AuditKind[] = [
  "database",
  "log",
  "marker",
  "bad_row",
  "dangling_variant",
  "missing",
  "size_mismatch",
  "known_bad",
  "quarantined",
  "orphan",
  "unknown",
  "leftover",
];

/**
 * What an audit finds:
 * - `database`: the database is not whole
 * - `log`: what was committed since the database was written cannot be read, or not all of it
 * - `marker`: the root does not know the catalog as it is, or knows one that cannot be asked
 * - `bad_row`: a document or variant has a value that it cannot have
 * - `dangling_variant`: a variant of a document that is not there
 * - `missing`: a row names a file that is not there
 * - `size_mismatch`: a file is larger or smaller than a row says
 * - `known_bad`: a blob was found to be bad when it was last verified
 * - `quarantined`: bytes that were put aside as they are not what rows say
 * - `orphan`: a file of ours that nothing refers to; `gc` collects it
 * - `unknown`: something in the root that nothing refers to, and nobody can show to be ours
 * - `leftover`: something that a process left which is gone, or that nobody needs any more
 */
export type AuditKind =
  | "database"
  | "log"
  | "marker"
  | "bad_row"
  | "dangling_variant"
  | "missing"
  | "size_mismatch"
  | "known_bad"
  | "quarantined"
  | "orphan"
  | "unknown"
  | "leftover";

/** The values of {@link AuditReason}. */
export const AUDIT_REASONS: readonly AuditReason[] = [
  "integrity",
  "foreign_key",
  "unreadable",
  "damaged",
  "none",
  "stale_path",
  "older_catalog",
  "unreadable_catalog",
  "uri",
  "time",
  "hash",
  "value",
  "no_document",
  "gone",
  "other_kind",
  "size",
  "mismatch",
  "missing",
  "size_mismatch",
  "hash_mismatch",
  "no_evidence",
  "unreferenced",
  "abandoned",
  "unclaimed",
  "symlink",
  "special",
  "unnameable",
  "staged",
  "dead_run",
  "trash_expired",
  "displaced",
  "unlisted",
  "catalog_file",
];

/**
 * Why something is a finding.
 * - `database`: `integrity`, `foreign_key`, or `unreadable`: it cannot be read to its end
 * - `log`: `damaged`
 * - `marker`: `none`: rows name files in the root, which has no marker of the catalog; `damaged`; `stale_path`: it says that
 *   the catalog is elsewhere; `older_catalog`: the root has seen more commits; `unreadable_catalog`: another one that uses
 *   the root cannot be asked
 * - `bad_row`: `uri` that is not canonical, `time` or `hash` that cannot be, or another `value`
 * - `dangling_variant`: `no_document`
 * - `missing`: `gone`; `other_kind`: a folder, symlink or special file has the name; `unreadable`: nobody may look there
 * - `size_mismatch`: `size`
 * - `known_bad`: the result: `mismatch`, `missing`, `unreadable`
 * - `quarantined`: `size_mismatch` or `hash_mismatch` as the evidence has it, or `no_evidence`
 * - `orphan`: `unreferenced`, or `abandoned`: it never came to a row
 * - `unknown`: `unclaimed`; `symlink`; `special`: no regular file; `unnameable`: no URI has such a name
 * - `leftover`: `staged` bytes, or a blob that a collector took (`dead_run`), of a process that is gone; `trash_expired`: it
 *   was in the trash for long enough; `displaced`: it was to go back from there and could not; `unlisted`: nobody knows why
 *   it is there; `catalog_file`: a lock, or a private folder beside the catalog
 */
export type AuditReason =
  | "integrity"
  | "foreign_key"
  | "unreadable"
  | "damaged"
  | "none"
  | "stale_path"
  | "older_catalog"
  | "unreadable_catalog"
  | "uri"
  | "time"
  | "hash"
  | "value"
  | "no_document"
  | "gone"
  | "other_kind"
  | "size"
  | "mismatch"
  | "missing"
  | "size_mismatch"
  | "hash_mismatch"
  | "no_evidence"
  | "unreferenced"
  | "abandoned"
  | "unclaimed"
  | "symlink"
  | "special"
  | "unnameable"
  | "staged"
  | "dead_run"
  | "trash_expired"
  | "displaced"
  | "unlisted"
  | "catalog_file";

/** A row that a finding is about. */
export interface AuditedRow {
  /** Its table. */
  readonly table: "documents" | "variants";
  /** Its id; `null` for a row that has none that could be given. */
  readonly id: number | null;
}

/** Something that is not as it should be. */
export interface AuditFinding {
  /** What it is. */
  readonly kind: AuditKind;
  /** Why it is one. */
  readonly reason: AuditReason;
  /** What is wrong, as a sentence without its full stop. */
  readonly message: string;
  /** The place that it is about, as rows or the store have it; `null` where it is about none. */
  readonly uri: string | null;
  /** A file that is none of the store's, or the name of something that no URI has; else `null`. */
  readonly path: string | null;
  /** The row that it is about, or `null`. */
  readonly row: AuditedRow | null;
  /** Size of what was found, in bytes; `null` where nothing was, or that does not matter. */
  readonly bytes: number | null;
  /** Size on record, in bytes; `null` where there is none. */
  readonly expectedBytes: number | null;
}

/** A finding; what is left out is `null`. */
export function auditFinding(
  finding: Pick<AuditFinding, "kind" | "reason" | "message"> & Partial<AuditFinding>,
): AuditFinding {
  return { uri: null, path: null, row: null, bytes: null, expectedBytes: null, ...finding };
}
