/** The values of {@link DropReason}. */
export const DROP_REASONS: readonly DropReason[] = [
  "older_than",
  "beyond_last",
  "max_total_size",
  "max_files",
  "min_free",
];

/**
 * Why a policy drops a row:
 * - `older_than`: the rule by age says so, together with the one by number where both are given
 * - `beyond_last`: its unit has as many newer rows as the rule by number leaves
 * - `max_total_size`, `max_files`, `min_free`: this cap was not met, and no older row was left that brings it nearer
 */
export type DropReason = "older_than" | "beyond_last" | CapName;

/** A cap, by its name in reasons and findings. */
export type CapName = "max_total_size" | "max_files" | "min_free";

/** The values of {@link KeepReason}. */
export const KEEP_REASONS: readonly KeepReason[] = [
  "damaged",
  "out_of_scope",
  "pinned",
  "leased",
  "last_copy",
  "frees_nothing",
  "min_age",
  "not_older",
  "among_last",
  "within_caps",
  "changed",
];

/**
 * Why a policy keeps a row. The first that is true counts:
 * - `damaged`: it holds what no row may
 * - `out_of_scope`: the policy is about other resolvers, media types or runs
 * - `pinned`, `leased`: a pin holds it, or somebody claims its bytes right now
 * - `last_copy`: it was to go, and too few good copies would remain
 * - `frees_nothing`: a cap looked at its blob; rows that stay name that, or it has no bytes that the cap counts
 * - `min_age`: a cap could not be met, and the row is too young for caps
 * - `not_older`, `among_last`: the rule by age, or by number, leaves it
 * - `within_caps`: there are only caps, and they were met
 * - `changed`: it came, or changed, after the decision was made
 */
export type KeepReason =
  | "damaged"
  | "out_of_scope"
  | "pinned"
  | "leased"
  | "last_copy"
  | "frees_nothing"
  | "min_age"
  | "not_older"
  | "among_last"
  | "within_caps"
  | "changed";
