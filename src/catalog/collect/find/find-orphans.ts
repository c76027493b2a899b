import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { inPages } from "../../../core/pages.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { Timestamp } from "../../../core/timestamp.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import { runJobs } from "../../concurrency/run-jobs.ts";
import type { RootMember } from "../../root/root-members.ts";
import type { CollectContext } from "../collect-context.ts";
import type { UnknownFile } from "../collect-options.ts";
import type { LiveSets } from "../live/live-sets.ts";
import type { OrphanMarks } from "../marks/orphan-marks.ts";
import { findClaim, lookUpNames, mayBePinned, type NameOnRecord } from "./claims-of-ours.ts";
import type { ProtectedFiles } from "./protected-files.ts";

/** A file that nothing refers to, and that may be collected. */
export interface Orphan {
  /** As the store writes it. */
  readonly uri: StorageUri;
  /** What it is now. */
  readonly stat: BlobStat;
  /** Why it may be collected. */
  readonly reason: "unreferenced" | "abandoned" | "unknown";
  /** Since when nothing refers to it, as far as that is known. */
  readonly since: Timestamp;
}

/** What is made of files that nothing refers to. */
export interface OrphanSorting {
  /** The catalogs of the root. */
  readonly members: readonly RootMember[];
  /** Whether a pin may keep bytes whose hash begins so; these are no orphans. */
  readonly pins: Pick<LiveSets, "mayBePinned">;
  /** When orphans were first seen. */
  readonly marks: OrphanMarks;
  /** What stays although unknown files are to go; `undefined` where they all stay. */
  readonly protectedFiles: ProtectedFiles | undefined;
  /** Told of each orphan. */
  readonly onOrphan: (orphan: Orphan) => void;
  /** Told of each file that stays. */
  readonly onUnknown: (file: UnknownFile) => void;
}

/** So many files are looked at at once. */
const JOBS = 16;

/** Looks at files that nothing refers to: which of them are ours, and since when that is so. */
export async function sortUnreferenced(
  { store }: Pick<CollectContext, "store">,
  keys: readonly BlobKey[],
  sorting: OrphanSorting,
): Promise<void> {
  for (const page of inPages(keys)) {
    const stats = await runJobs(page, { jobs: JOBS, work: (key) => store.stat(key) });
    const there = page.flatMap((key, at) => {
      const stat = stats[at];
      // What is gone by now, or keeps a name.
      return stat === undefined ? [] : [{ key, stat, uri: store.uriOf(key) }];
    });
    const names = await lookUpNames(
      sorting.members,
      there.map(({ key }) => key),
    );
    const orphans: (Omit<Orphan, "since"> & NameOnRecord)[] = [];
    for (const [at, { key, stat, uri }] of there.entries()) {
      const name = names[at] ?? NOT_ON_RECORD;
      if (mayBePinned(name, sorting.pins)) continue;
      const reason = findClaim(key, stat, name)?.reason ?? (await sortUnknown({ key, stat, uri }, sorting));
      if (reason !== undefined) orphans.push({ ...name, uri, stat, reason });
    }
    const marked = orphans.map(({ uri, stat: { sizeBytes: bytes, modifiedMs }, lastRemovedAt }) => {
      return { uri, bytes, modifiedMs, lastRemovedAt };
    });
    const since = await sorting.marks.look(marked);
    for (const [at, { uri, stat, reason }] of orphans.entries()) {
      const then = since[at];
      if (then !== undefined) sorting.onOrphan({ uri, stat, reason, since: then });
    }
  }
}

const NOT_ON_RECORD: NameOnRecord = { lastRemovedAt: undefined, claims: [] };

/** Gives `unknown` for a file that goes although nobody knows whose it is. */
async function sortUnknown(
  { key, stat, uri }: { readonly key: BlobKey; readonly stat: BlobStat; readonly uri: StorageUri },
  { protectedFiles, marks, onUnknown }: OrphanSorting,
): Promise<"unknown" | undefined> {
  const objection = await protectedFiles?.findObjection(key);
  onUnknown({ name: key, uri, bytes: stat.sizeBytes, objection });
  if (protectedFiles !== undefined && objection === undefined) return "unknown";
  marks.keep(uri);
  return undefined;
}
