import type { BlobKey } from "../../core/naming/blob-key.ts";
import { DAY_MS, formatTimestamp, isTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { findClaim, lookUpNames } from "../collect/find/claims-of-ours.ts";
import type { RootMember } from "../root/root-members.ts";
import type { OrphanFact } from "./explanation.ts";
import { selectOrphan } from "./why-statements.ts";

/** A blob that nothing refers to. */
export interface Orphan {
  /** As the catalog that explains writes it. */
  readonly uri: string;
  /** Its name. */
  readonly key: BlobKey;
  /** What has the name. */
  readonly stat: BlobStat;
}

/** What {@link findOrphanFact} works with. */
export interface OrphanContext {
  /** The catalog that explains, whose collector has noted what it saw. */
  readonly sql: SqlEngine;
  /** The catalogs of the root. */
  readonly members: readonly RootMember[];
  /** For how long bytes must be unreferenced, in days. */
  readonly orphanTtlDays: number;
}

/** What becomes of a blob that nothing refers to, as a collector of this catalog would see it. */
export async function findOrphanFact(context: OrphanContext, { uri, key, stat }: Orphan): Promise<OrphanFact> {
  const [name] = await lookUpNames(context.members, [key]);
  const isOurs = name !== undefined && findClaim(key, stat, name) !== undefined;
  const since = await findSince(context, { uri, stat, lastRemovedAt: name?.lastRemovedAt });
  if (since === null || !isOurs) return { isOurs, since, ripeAt: null };
  return { isOurs, since, ripeAt: formatTimestamp(Date.parse(since) + context.orphanTtlDays * DAY_MS) };
}

/** Whether what a collector saw is the same still, as it says. Bytes that were changed since are new to it. */
async function findSince(
  { sql }: OrphanContext,
  orphan: {
    readonly uri: string;
    readonly stat: BlobStat;
    readonly lastRemovedAt: Timestamp | undefined;
  },
): Promise<Timestamp | null> {
  const { stat, lastRemovedAt = null } = orphan;
  const [[bytes, modifiedUs, since] = []] = await sql.query(selectOrphan(orphan.uri));
  if (!isTimestamp(since)) return lastRemovedAt;
  if (bytes !== stat.sizeBytes || modifiedUs !== Math.round(stat.modifiedMs * 1000)) return null;
  return lastRemovedAt !== null && lastRemovedAt > since ? lastRemovedAt : since;
}
