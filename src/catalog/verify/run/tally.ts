import type { VerificationResult } from "../../../core/verification/verification.ts";
import type { VerifiedBlob, VerifyProgress } from "../verify-options.ts";

/** Counts what a run does. */
export class Tally {
  readonly #counts: Record<VerificationResult, number> = {
    ok: 0,
    mismatch: 0,
    missing: 0,
    unreadable: 0,
    unchecked: 0,
  };
  #total = 0;
  #finished = 0;
  /** Bytes that were read. */
  bytes = 0;
  /** Blobs whose bytes were put aside. */
  quarantined = 0;
  /** Rows that took a hash. */
  hashesRecorded = 0;

  /** So many blobs are to be verified. */
  expect(total: number): void {
    this.#total = total;
  }

  /** A blob was verified. */
  add({ result, quarantine }: VerifiedBlob): void {
    this.#counts[result] += 1;
    this.#finished += 1;
    if (quarantine !== null) this.quarantined += 1;
  }

  /** A blob needs no verifying any more: no row names it, or somebody else has verified it. */
  pass(): void {
    this.#finished += 1;
  }

  /** How many there are of each result. */
  get counts(): Readonly<Record<VerificationResult, number>> {
    return this.#counts;
  }

  /** Blobs that are bad. */
  get bad(): number {
    return this.#counts.mismatch + this.#counts.missing + this.#counts.unreadable;
  }

  /** Blobs that are to be verified still. */
  get left(): number {
    return Math.max(0, this.#total - this.#finished);
  }

  /** How far it is. */
  get progress(): VerifyProgress {
    const { ok, unchecked } = this.#counts;
    return { done: ok + unchecked + this.bad, total: Math.max(this.#total, this.#finished), bytes: this.bytes };
  }
}
