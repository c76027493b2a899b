import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import { hashBlob } from "../../placing/stage-content.ts";
import type { PlanFindingKind } from "../../plan/plan.ts";
import type { RootMember } from "../../root/root-members.ts";
import type { CollectContext } from "../collect-context.ts";
import { findClaim, hashOfCasName, lookUpNames } from "../find/claims-of-ours.ts";
import type { ProtectedFiles } from "../find/protected-files.ts";

/** What was found to be ours. */
export interface Proof {
  /** What has the name: what is taken must be this. */
  readonly found: BlobStat;
  /** Of the bytes: as the name gives it, or as they were read; `null` where nobody knows. */
  readonly sha256: Sha256 | null;
}

/** What {@link proveOurs} goes by. */
export interface ProofOptions {
  /** The catalogs of the root. */
  readonly members: readonly RootMember[];
  /** What stays although unknown files go. */
  readonly protectedFiles: () => Promise<ProtectedFiles>;
}

/**
 * Finds out whether what a line names is the same file still, and ours to take: bytes outside of layout `cas` are read and
 * have the hash that is on record. Gives why not.
 */
export async function proveOurs(
  context: CollectContext,
  action: PlanAction & { readonly key: BlobKey },
  options: ProofOptions,
): Promise<Proof | PlanFindingKind> {
  const { key } = action;
  const found = await context.store.stat(key);
  if (found === undefined) return "gone";
  const isSame = found.identity === action.identity && found.sizeBytes === action.bytes;
  if (!isSame || found.modifiedMs !== action.modifiedMs) return "changed";
  if (action.reason === "unknown") {
    const objection = await (await options.protectedFiles()).findObjection(key);
    return objection === undefined ? { found, sha256: null } : "not_ours";
  }
  const named = hashOfCasName(key);
  if (named !== undefined) return { found, sha256: named };
  const [name] = await lookUpNames(options.members, [key]);
  const claim = name && findClaim(key, found, name);
  if (claim === undefined) return "not_ours";
  const sha256 = await hashBlob(context, context.store, key);
  if (sha256 === undefined) return "gone";
  const isOurs = claim.hashStarts?.some((start) => sha256.startsWith(start)) ?? true;
  return isOurs ? { found, sha256 } : "not_ours";
}
