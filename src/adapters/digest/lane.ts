import type { DigestRequest, FileDigest } from "../../ports/digest-pool.ts";

/** What reads and hashes files, one job after the other. */
export interface DigestLane {
  /** Whether it works; `false` once and for all. What it was given by then rejects. */
  readonly isAlive: boolean;
  /**
   * The digests of the files of one job, in their order; it rejects for no file, but with `signal.reason`, soon after the
   * signal was aborted.
   */
  digest(requests: readonly DigestRequest[], signal: AbortSignal): Promise<readonly FileDigest[]>;
  /** Ends it; what it was given rejects with `reason`. */
  close(reason: unknown): Promise<void>;
}
