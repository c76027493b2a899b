import type { StorageUri } from "../../../core/storage-uri.ts";
import type { BlobVerification } from "../../../core/verification/verification.ts";
import { isCatalogError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Logger } from "../../../ports/logger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { VerifiedBlob } from "../verify-options.ts";

/** So many results are written at once. */
const LOT_SIZE = 500;

/** The first result waits at most so long, in milliseconds. */
const LOT_MS = 1000;

/** Why results cannot be written down, and blobs can be verified all the same. */
const PASSING = ["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE"] as const;

/** What a {@link ResultLot} works with. */
export interface LotContext {
  /** Where results go; `undefined` where nothing is written. */
  readonly ledger: Ledger | undefined;
  /** Says when a lot has waited for long enough. */
  readonly clock: Clock;
  /** Warned once when nothing can be written down. */
  readonly logger: Logger;
}

/** Results on their way to the ledger, some at a time. Nobody is told of one before it is written down, or cannot be. */
export class ResultLot {
  readonly #context: LotContext;
  #results: { readonly result: VerifiedBlob; readonly remembers: boolean }[] = [];
  #beganAtMs = 0;
  #reason: string | undefined;

  /** Has no results. */
  constructor(context: LotContext) {
    this.#context = context;
    if (context.ledger === undefined) this.#forget("the catalog was opened for reading only");
  }

  /** Why not all results were written down; `undefined` where they were. */
  get notRememberedBecause(): string | undefined {
    return this.#reason;
  }

  /** Adds one; what is learnt of the rows at the same time may make it worthless for later. */
  add(result: VerifiedBlob, { remembers }: { readonly remembers: boolean }): void {
    if (this.#results.length === 0) this.#beganAtMs = this.#context.clock.monotonicMs();
    this.#results.push({ result, remembers });
  }

  /** Whether it is to be written. */
  get isDue(): boolean {
    if (this.#results.length === 0) return false;
    return this.#results.length >= LOT_SIZE || this.#context.clock.monotonicMs() - this.#beganAtMs >= LOT_MS;
  }

  /** Writes it down, and gives what was in it. @throws what the catalog throws, unless only writing is impossible */
  async write(): Promise<readonly VerifiedBlob[]> {
    const results = this.#results;
    this.#results = [];
    const quarantine = new Map<StorageUri, StorageUri>();
    for (const { result } of results) if (result.quarantine !== null) quarantine.set(result.uri, result.quarantine);
    const lines = results.flatMap(({ result, remembers }) => (remembers ? toRemember(result) : []));
    await this.attempt((ledger) => ledger.record(lines, { quarantine }));
    return results.map(({ result }) => result);
  }

  /** Writes to the ledger, as far as that is possible. */
  async attempt(write: (ledger: Ledger) => Promise<unknown>): Promise<void> {
    const { ledger } = this.#context;
    if (ledger === undefined) return;
    try {
      await write(ledger);
    } catch (error) {
      if (!PASSING.some((code) => isCatalogError(error, code))) throw error;
      this.#forget((error as Error).message);
    }
  }

  #forget(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#context.logger.log("warn", "What is verified is not remembered", { reason });
  }
}

/** Bytes that were put aside are missing from then on. */
function toRemember({ documents: _, variants: __, quarantine, ...verification }: VerifiedBlob): BlobVerification {
  if (quarantine === null) return verification;
  return { ...verification, result: "missing", reason: "quarantined" };
}
