import { VERIFICATION_RESULTS, VERIFICATION_STRENGTHS } from "../verification/verification.ts";
import type { CounterLabels, GaugeName, HistogramLabels } from "./metric-labels.ts";

/** The values that labels may have; `null`: those from outside, of which there are at most {@link MAX_RESOLVERS}. */
export type LabelValues<Labels> = { readonly [Label in keyof Labels]: readonly Labels[Label][] | null };

/** What every metric has. */
export interface Metric {
  /** The unit, as UCUM writes it. */
  readonly unit: string;
  /** What it tells, as one sentence without its full stop. */
  readonly description: string;
}

/** A metric that is added to. */
export interface Counter<Labels> extends Metric {
  /** Its labels. */
  readonly labels: LabelValues<Labels>;
}

/** A metric of which each value is told. */
export interface Histogram<Labels> extends Counter<Labels> {
  /** The bounds of its buckets, rising. */
  readonly buckets: readonly number[];
}

/** So many different resolvers are told apart in a process; those that come later are `other`. */
export const MAX_RESOLVERS = 100;

const FROM_OUTSIDE = null;
const PLACEMENTS = ["stored", "linked", "cloned", "dedup"] as const;
const INGESTED = { resolver: FROM_OUTSIDE, placement: PLACEMENTS } as const;
const VERIFIED = { result: VERIFICATION_RESULTS, strength: VERIFICATION_STRENGTHS } as const;
const TIMED = { outcome: ["ok", "error", "aborted"] } as const;

/** Between a look into memory and a download that takes an hour. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Between a few bytes and many gigabytes. */
const HASH_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60];

/** Between a row on a fast disk and waiting for others until nobody waits any more. */
const COMMIT_BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Between an empty catalog and one of gigabytes. */
const CHECKPOINT_BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** All counters. */
export const COUNTERS: { readonly [Name in keyof CounterLabels]: Counter<CounterLabels[Name]> } = {
  contentdownload_dedup_hits_total: {
    unit: "{hit}",
    description: "Bytes that were offered to be stored, and that the store had",
    labels: { resolver: FROM_OUTSIDE },
  },
  contentdownload_gc_removed_total: {
    unit: "{blob}",
    description: "Blobs that left their names for good, deleted or to the trash",
    labels: {},
  },
  contentdownload_verify_failures_total: {
    unit: "{failure}",
    description: "Blobs that are not what is on record, once a blob and run of ingest, verify or repair",
    labels: { reason: ["hash_mismatch", "size_mismatch", "missing", "unreadable"] },
  },
  "content_catalog.ingested": {
    unit: "{document}",
    description: "Documents that were registered with bytes that have their place in the store",
    labels: INGESTED,
  },
  "content_catalog.ingested.size": {
    unit: "By",
    description: "Bytes of these documents, whether they were written or were there already",
    labels: INGESTED,
  },
  "content_catalog.gc.removed.size": {
    unit: "By",
    description: "Bytes of blobs that left their names for good",
    labels: {},
  },
  "content_catalog.verified": {
    unit: "{blob}",
    description: "Blobs that were verified, each when its result is on record",
    labels: VERIFIED,
  },
  "content_catalog.verified.size": {
    unit: "By",
    description: "Bytes of these blobs, as far as their size was seen",
    labels: VERIFIED,
  },
  "content_catalog.repairs": {
    unit: "{blob}",
    description: "Blobs that were looked at to be repaired, by how that ended",
    labels: { outcome: ["intact", "repaired", "blocked", "drifted", "unavailable", "lost"] },
  },
};

/** All histograms. */
export const HISTOGRAMS: { readonly [Name in keyof HistogramLabels]: Histogram<HistogramLabels[Name]> } = {
  "content_catalog.ingest.duration": {
    unit: "s",
    description: "Time of one ingest or finalize, with the waiting for its source",
    labels: TIMED,
    buckets: CALL_BUCKETS,
  },
  "content_catalog.hash.duration": {
    unit: "s",
    description: "Time in the hasher for the bytes of one document on their way in",
    labels: TIMED,
    buckets: HASH_BUCKETS,
  },
  "content_catalog.commit.duration": {
    unit: "s",
    description: "Time of one batch of statements, with the waiting for the lock",
    labels: TIMED,
    buckets: COMMIT_BUCKETS,
  },
  "content_catalog.checkpoint.duration": {
    unit: "s",
    description: "Time of bringing the log into the catalog file, whoever asked for it",
    labels: TIMED,
    buckets: CHECKPOINT_BUCKETS,
  },
  "content_catalog.lock.wait.duration": {
    unit: "s",
    description: "Time until the lock of the catalog was taken, or nobody waited any more",
    labels: TIMED,
    buckets: COMMIT_BUCKETS,
  },
};

/** All gauges. */
export const GAUGES: { readonly [Name in GaugeName]: Metric } = {
  "content_catalog.documents": {
    unit: "{document}",
    description: "Rows of documents, known from the last stats or gc on",
  },
  "content_catalog.logical.size": {
    unit: "By",
    description: "Bytes of all documents together, known from the last stats or gc on",
  },
  "content_catalog.physical.size": {
    unit: "By",
    description: "Bytes of the blobs that rows refer to, each once, at the last gc",
  },
  "content_catalog.orphans": {
    unit: "{blob}",
    description: "Blobs that nothing refers to, at the last gc",
  },
  "content_catalog.orphans.size": {
    unit: "By",
    description: "Bytes of these blobs",
  },
  "content_catalog.verification.oldest_age": {
    unit: "s",
    description:
      "Time since the blob was verified that was verified longest ago, known from the last verify or stats on",
  },
  "content_catalog.log.size": {
    unit: "By",
    description: "Bytes in the log beside the catalog file",
  },
  "content_catalog.database.size": {
    unit: "By",
    description: "Bytes of the catalog file",
  },
};
