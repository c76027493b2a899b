import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import { countFailure } from "../../telemetry/count-failure.ts";
import { type ChosenBlob, chooseAgain } from "../choose/units.ts";
import { type BlobChecker, type CheckedBlob, isBad } from "../look/blob-checker.ts";
import type { VerifyOptions } from "../verify-options.ts";
import { PutAside } from "./put-aside.ts";
import { recordHashes } from "./record-hashes.ts";
import type { ResultLot } from "./result-lot.ts";
import { DOUBTED_FAILURES, StoreGuard } from "./store-guard.ts";
import type { Tally } from "./tally.ts";

/** A blob that was read. */
export interface ReadBlob {
  /** The blob, as it was chosen. */
  readonly blob: ChosenBlob;
  /** How it went. */
  readonly checked: CheckedBlob;
  /** It is not looked at again. */
  readonly isLast: boolean;
}

/** What {@link Verdicts} shares with its run. */
export interface VerdictParts {
  /** Counts. */
  readonly tally: Tally;
  /** Takes the results. */
  readonly lot: ResultLot;
  /** Looks again. */
  readonly checker: BlobChecker;
  /** Those of the run. */
  readonly options: VerifyOptions;
}

/**
 * Decides what becomes of what was read. Failures of the store, one after the other, wait until it is known that the store
 * is there.
 */
export class Verdicts {
  readonly #context: CapabilityContext;
  readonly #parts: VerdictParts;
  readonly #guard: StoreGuard;
  readonly #putAside: PutAside | undefined;
  #doubtful: ReadBlob[] = [];
  #inUse: ChosenBlob[] = [];
  #isStoreGone = false;
  /** Blobs known to be bad that were read again. */
  badRead = 0;
  /** Blobs known to be bad of which only the size was compared, and is right. */
  badUnread = 0;

  /** Looks at nothing yet. */
  constructor(context: CapabilityContext, parts: VerdictParts) {
    const { sql, fs } = context;
    const { quarantine = false } = parts.options;
    this.#context = context;
    this.#parts = parts;
    this.#guard = new StoreGuard({ store: context.placing?.store, fs });
    this.#putAside = quarantine ? new PutAside({ ...context.requirePlacing(), sql }) : undefined;
  }

  /** Looks at the root before anything else is. */
  begin(): Promise<void> {
    return this.#guard.begin();
  }

  /** Takes what was read. @throws {CatalogError} BACKEND when the store is gone */
  async take(read: ReadBlob): Promise<void> {
    const { blob, checked } = read;
    if (checked.inUse) {
      this.#inUse.push(blob);
      return;
    }
    if (checked.place.key === undefined) return this.#accept(read);
    if (isDoubtful(checked)) {
      // Of a store that is gone nothing is taken for missing.
      if (this.#isStoreGone) return;
      this.#doubtful.push(read);
      if (this.#doubtful.length === 1) await this.#whileThere(async () => this.#guard.requireBegun());
      if (this.#doubtful.length >= DOUBTED_FAILURES) await this.end();
      return;
    }
    // Who reads one blob of the store has it.
    for (const each of this.#doubtful.splice(0)) await this.#accept(each);
    await this.#accept(read);
  }

  /** The blobs that somebody worked on; they are to be looked at again. */
  takeInUse(): readonly ChosenBlob[] {
    return this.#inUse.splice(0);
  }

  /** Nothing comes any more that tells whether the store is there: looks. @throws {CatalogError} BACKEND when it is gone */
  async end(): Promise<void> {
    const doubtful = this.#doubtful.splice(0);
    if (doubtful.length === 0) return;
    await this.#whileThere(() => this.#guard.confirm());
    for (const each of doubtful) await this.#accept(each);
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    await this.#putAside?.close();
  }

  async #whileThere(look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.#isStoreGone = true;
      throw error;
    }
  }

  async #accept(read: ReadBlob): Promise<void> {
    const { checker, options } = this.#parts;
    const isPutAside = isBad(read.checked.verification) && options.signal?.aborted !== true;
    const moved = isPutAside ? await this.#putAside?.put(read.checked) : undefined;
    if (moved?.became === "aside") return this.#note(read, moved.to);
    if (moved?.became !== "changed") return this.#note(read, null);
    if (!read.isLast) {
      this.#inUse.push(read.blob);
      return;
    }
    const blob = await chooseAgain(this.#context.sql, read.blob);
    if (blob === undefined) this.#parts.tally.pass();
    else await this.#note({ ...read, blob, checked: await checker.checkOne(blob, options) }, null);
  }

  async #note({ blob, checked }: ReadBlob, quarantine: StorageUri | null): Promise<void> {
    const { tally, lot, options } = this.#parts;
    const { verification, rows } = checked;
    const { documents, variants } = rows;
    countFailure(this.#context, verification);
    if (blob.entry !== null && blob.entry.badSince !== null) {
      if (verification.result === "ok" && verification.strength === "size") this.badUnread += 1;
      else this.badRead += 1;
    }
    const hashes = options.recordHashes === true ? await recordHashes(this.#context, checked, this.#now()) : 0;
    // What was put aside is gone from its name since then, whatever others saw there meanwhile.
    const checkedAt = quarantine === null ? verification.checkedAt : this.#now();
    const result = { ...verification, checkedAt, documents, variants, quarantine };
    tally.hashesRecorded += hashes;
    tally.add(result);
    lot.add(result, { remembers: hashes === 0 || verification.result === "ok" });
  }

  #now(): Timestamp {
    return formatTimestamp(this.#context.clock.now());
  }
}

/** What a store that is gone may look like. */
function isDoubtful({ verification: { result } }: CheckedBlob): boolean {
  return result === "missing" || result === "unreadable";
}
