import { quote } from "../../core/messages/quote.ts";
import type { PlanAction, PlanHead } from "../../core/plan/plan-action.ts";

/** A reviewable list of what a destructive command would do. `apply` looks at each line again. */
export interface Plan {
  /** What it is about. */
  readonly head: PlanHead;
  /** How many actions it has. */
  readonly size: number;
  /** The sum of the sizes of what they are about, in bytes. */
  readonly bytes: number;
  /** The actions, in the order in which they are done; read anew with each call. */
  actions(): AsyncIterable<PlanAction>;
}

/** The values of {@link PlanFindingKind}. */
export const PLAN_FINDINGS: readonly PlanFindingKind[] = [
  "gone",
  "changed",
  "referenced",
  "not_ours",
  "displaced",
  "different",
  "not_shared",
  "pinned",
  "leased",
  "last_copy",
  "failed",
];

/**
 * Why a line of a plan was not done:
 * - `gone`: what it names is not there any more
 * - `changed`: something else is there, or it was changed since
 * - `referenced`: something refers to it by now
 * - `not_ours`: it has not the bytes that a catalog of the root put there, or nobody can tell any more
 * - `displaced`: something referred to it, and when it was given back others had its name: it lies in the trash
 * - `different`: it has not the bytes of the file whose bytes its name was to get
 * - `not_shared`: the two cannot share their bytes, or may not any more
 * - `pinned`: a pin holds the row, or a variant of it
 * - `leased`: somebody is about to register the bytes that the row names
 * - `last_copy`: without the row there would be fewer good copies of its artifact than are to stay
 * - `failed`: it could not be looked at, read or removed
 */
export type PlanFindingKind =
  | "gone"
  | "changed"
  | "referenced"
  | "not_ours"
  | "displaced"
  | "different"
  | "not_shared"
  | "pinned"
  | "leased"
  | "last_copy"
  | "failed";

/** A line of a plan that was not done. */
export interface PlanFinding {
  /** Why. */
  readonly kind: PlanFindingKind;
  /** One sentence for people. */
  readonly message: string;
  /** The line. */
  readonly action: PlanAction;
}

const FINDING_TEXTS: Readonly<Record<PlanFindingKind, string>> = {
  gone: "is not there any more",
  changed: "is not what it was",
  referenced: "is referred to by now",
  not_ours: "has not the bytes that a catalog put there",
  displaced: "was to be given back, and others have its name: it stays in the trash",
  different: "has other bytes than the file that it was to share bytes with",
  not_shared: "was to share bytes, and cannot",
  pinned: "is pinned by now",
  leased: "has bytes that somebody is about to register",
  last_copy: "stays, as too few good copies would remain",
  failed: "could not be removed",
};

/** Says why a line was not done. */
export function describeFinding(action: PlanAction, kind: PlanFindingKind, why?: unknown): PlanFinding {
  const text = why instanceof Error ? why.message : why;
  const reason = typeof text === "string" ? `: ${text}` : "";
  const isRemoved = kind !== "failed" || action.reason !== "duplicate";
  const what = isRemoved ? FINDING_TEXTS[kind] : "could not be given the bytes of another file";
  return { kind, message: `${subjectOf(action)} ${what}${reason}.`, action };
}

function subjectOf({ uri, row }: PlanAction): string {
  return row === undefined ? quote(uri) : `Document ${row.id} of ${quote(row.artifactId ?? "")}`;
}
