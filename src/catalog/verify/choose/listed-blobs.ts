import { inChunks } from "../../../core/in-chunks.ts";
import { PAGE_SIZE } from "../../../core/pages.ts";
import type { Timestamp } from "../../../core/timestamp.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import { CanonicalNames } from "../../files/canonical-name.ts";
import { Ledger } from "../../ledger/ledger.ts";
import { countDue, type DueBlob, findQuickCycle, listDue } from "../../ledger/list-due.ts";
import { sampleDue, sampleSize } from "../../ledger/sample-due.ts";
import type { VerifyOptions } from "../verify-options.ts";
import { findNamedBlobs } from "./named-blobs.ts";

/** Blobs that are to be verified, and how many they are. */
export interface ListedBlobs {
  /** How many. */
  readonly total: number;
  /** They were named one by one, so that each is read whatever others do. */
  readonly named: boolean;
  /** The blobs, in the order in which they are verified, some at a time. */
  pages(): AsyncIterable<readonly DueBlob[]>;
}

/** Finds out which blobs are to be verified: those that are named, or else those that are due. */
export async function listBlobs(
  context: CapabilityContext,
  options: VerifyOptions & { readonly startedAt: Timestamp },
): Promise<ListedBlobs> {
  return options.ids === undefined ? listDueBlobs(context, options) : listNamedBlobs(context, options.ids, options);
}

async function listDueBlobs(
  context: CapabilityContext,
  options: VerifyOptions & { readonly startedAt: Timestamp },
): Promise<ListedBlobs> {
  const { startedAt, maxAgeMs, sample: share, budget, quick, recheck = false } = options;
  const dailyForBad = maxAgeMs !== undefined || share !== undefined || budget !== undefined;
  const cycle = quick === true && share === undefined ? await findQuickCycle(context) : undefined;
  const due = { startedAt, maxAgeMs, recheck, dailyForBad, quick, cycle, withRows: share === undefined };
  const { blobs } = await countDue(context, due);
  if (share === undefined) return { total: blobs, named: false, pages: () => listDue(context, due) };
  const sample = { ...due, blobs, share };
  return { total: sampleSize(sample), named: false, pages: () => sampleDue(context, sample) };
}

async function listNamedBlobs(
  context: CapabilityContext,
  ids: readonly string[],
  options: VerifyOptions,
): Promise<ListedBlobs> {
  const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
  const uris = await findNamedBlobs({ sql: context.sql, names }, ids, options);
  const ledger = new Ledger(context);
  return {
    total: uris.length,
    named: true,
    pages: async function* pages() {
      for (const some of inChunks(uris, PAGE_SIZE)) {
        const entries = await ledger.findMany(some);
        yield some.map((uri) => ({ uri, entry: entries.get(uri) ?? null }));
      }
    },
  };
}
