import type { VerificationResult, VerificationStrength } from "../verification/verification.ts";

/** A metric that has no labels. */
export type NoLabels = Readonly<Record<string, never>>;

/** What was wrong with a blob. */
export type VerifyFailure = "hash_mismatch" | "size_mismatch" | "missing" | "unreadable";

/** How something ended that took time; what was aborted is no error. */
export type TimedOutcome = "ok" | "error" | "aborted";

/** How bytes came to their place, for documents whose bytes have one. */
export type IngestedLabels = {
  /** Who got the bytes; of many different ones some have the name `other`. */
  readonly resolver: string;
  /** How they came to their place. */
  readonly placement: "stored" | "linked" | "cloned" | "dedup";
};

/** How a blob was verified. */
export type VerifiedLabels = {
  /** How it went. */
  readonly result: VerificationResult;
  /** What was compared. */
  readonly strength: VerificationStrength;
};

/** How something ended. */
export type TimedLabels = {
  /** Whether it did what it should. */
  readonly outcome: TimedOutcome;
};

/** The counters of the catalog, with the labels that each one takes. `METRICS` says when each is counted. */
export interface CounterLabels {
  /** Bytes that were stored already. */
  readonly contentdownload_dedup_hits_total: Pick<IngestedLabels, "resolver">;
  /** Blobs that a collector removed. */
  readonly contentdownload_gc_removed_total: NoLabels;
  /** Blobs that are not what the catalog has on record. */
  readonly contentdownload_verify_failures_total: {
    /** What was wrong. */
    readonly reason: VerifyFailure;
  };
  /** Documents whose bytes have their place. */
  readonly "content_catalog.ingested": IngestedLabels;
  /** Their bytes. */
  readonly "content_catalog.ingested.size": IngestedLabels;
  /** Bytes of blobs that a collector removed. */
  readonly "content_catalog.gc.removed.size": NoLabels;
  /** Blobs that were verified. */
  readonly "content_catalog.verified": VerifiedLabels;
  /** Their bytes. */
  readonly "content_catalog.verified.size": VerifiedLabels;
  /** Blobs that a repair looked at. */
  readonly "content_catalog.repairs": {
    /** How it ended with the blob. */
    readonly outcome: "intact" | "repaired" | "blocked" | "drifted" | "unavailable" | "lost";
  };
}

/** The histograms of the catalog, with the labels that each one takes. All are in seconds. */
export interface HistogramLabels {
  /** One `ingest` or `finalize`. */
  readonly "content_catalog.ingest.duration": TimedLabels;
  /** Hashing the bytes of one. */
  readonly "content_catalog.hash.duration": TimedLabels;
  /** One batch of rows. */
  readonly "content_catalog.commit.duration": TimedLabels;
  /** Bringing the log into the catalog file. */
  readonly "content_catalog.checkpoint.duration": TimedLabels;
  /** Waiting for the lock of the catalog. */
  readonly "content_catalog.lock.wait.duration": TimedLabels;
}

/** The names of the counters. */
export type CounterName = keyof CounterLabels;

/** The names of the histograms. */
export type HistogramName = keyof HistogramLabels;

/** The names of the gauges. */
export type GaugeName =
  | "content_catalog.documents"
  | "content_catalog.logical.size"
  | "content_catalog.physical.size"
  | "content_catalog.orphans"
  | "content_catalog.orphans.size"
  | "content_catalog.verification.oldest_age"
  | "content_catalog.log.size"
  | "content_catalog.database.size";
