import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { CatalogError } from "../../../errors.ts";
import type { DigestPool } from "../../../ports/digest-pool.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import { Overlap } from "../../concurrency/overlap.ts";
import { type QuickCycle, setQuickCycle } from "../../ledger/due-statements.ts";
import { Ledger } from "../../ledger/ledger.ts";
import { countKnownBad, findOldestCheck } from "../../ledger/list-due.ts";
import { type ListedBlobs, listBlobs } from "../choose/listed-blobs.ts";
import { type ChosenBlob, chooseAgain, chooseUnits, type Unit } from "../choose/units.ts";
import { BlobChecker, type CheckedBlob } from "../look/blob-checker.ts";
import { readInThread } from "../look/read-in-thread.ts";
import type { VerifiedBlob, VerifyOptions, VerifySummary } from "../verify-options.ts";
import { selectVerifiedSince } from "../verify-statements.ts";
import { Budget } from "./budget.ts";
import { ResultLot } from "./result-lot.ts";
import { Tally } from "./tally.ts";
import { Verdicts } from "./verdicts.ts";

/** Units that are handed out for each file that is read at once, so that nobody waits for the next one. */
const UNITS_AHEAD = 2;

/** What was read of a unit. */
interface ReadUnit {
  /** Blobs that somebody else has verified since the run began. */
  readonly passed: number;
  /** The others. */
  readonly blobs: readonly { readonly blob: ChosenBlob; readonly checked: CheckedBlob }[];
}

/** What a run is made of. */
interface RunParts {
  readonly context: CapabilityContext;
  readonly options: VerifyOptions;
  readonly startedAt: Timestamp;
  readonly listed: ListedBlobs;
  readonly digests: DigestPool;
  readonly budget: Budget;
  readonly ledger: Ledger | undefined;
}

/** One run of `verify`. */
export class VerifyRun {
  readonly #parts: RunParts;
  readonly #checker: BlobChecker;
  readonly #tally = new Tally();
  readonly #lot: ResultLot;
  readonly #verdicts: Verdicts;
  /** Blobs that were begun, and of which nothing is written down yet: another run may make them due meanwhile. */
  readonly #begun = new Set<StorageUri>();
  #work: Overlap<Unit, ReadUnit> | undefined;
  #isLast = false;
  #cycle: QuickCycle | undefined;

  private constructor(parts: RunParts) {
    const { context, options, listed, digests, ledger } = parts;
    const { quick = false, recordHashes = false } = options;
    const store = context.placing?.store;
    this.#parts = parts;
    this.#checker = new BlobChecker({ ...context, store, digests }, { quick, readsUnhashed: recordHashes });
    this.#lot = new ResultLot({ ...context, ledger });
    const shared = { tally: this.#tally, lot: this.#lot, checker: this.#checker };
    this.#verdicts = new Verdicts(context, { ...shared, options });
    this.#tally.expect(listed.total);
  }

  /** Finds out what is to be verified, and starts what reads it. */
  static async begin(context: CapabilityContext, options: VerifyOptions): Promise<VerifyRun> {
    if (options.quarantine === true) context.requirePlacing();
    if (options.recordHashes === true && context.readOnly) throw readOnlyError();
    const startedAt = formatTimestamp(context.clock.now());
    const budget = new Budget(context.clock, options.budget ?? {});
    const ledger = context.readOnly ? undefined : new Ledger(context);
    await ledger?.watch();
    const listed = await listBlobs(context, { ...options, startedAt });
    const digests = await openDigests(context, options, listed.total);
    return new VerifyRun({ context, options, startedAt, listed, digests, budget, ledger });
  }

  /** Verifies, and gives each result when it is written down. */
  async *results(): AsyncGenerator<VerifiedBlob, void, undefined> {
    await this.#verdicts.begin();
    for (const isLast of [false, true]) {
      this.#isLast = isLast;
      this.#work = this.#start(isLast ? this.#unitsInUse() : this.#units());
      for (let unit = await this.#work.next(); unit !== undefined; unit = await this.#work.next()) {
        await this.#take(unit);
        if (this.#lot.isDue) yield* await this.#write();
      }
    }
    await this.#verdicts.end();
    yield* await this.#write();
    const { context } = this.#parts;
    context.figures?.setOldestCheck(await findOldestCheck(context));
  }

  /** Ends the run early, and gives what was found and not given. */
  async rest(): Promise<readonly VerifiedBlob[]> {
    for (const unit of (await this.#work?.end()) ?? []) await this.#take(unit);
    await this.#verdicts.end();
    return this.#write();
  }

  /** What was done by a run that came to its end. */
  async summarize(): Promise<VerifySummary> {
    const { context, options, listed, budget } = this.#parts;
    const isEverything = !listed.named && options.sample === undefined && options.maxAgeMs === undefined;
    if (isEverything && !budget.isOver) await this.#lot.attempt((ledger) => ledger.dropUnnamed());
    const { bytes, quarantined, hashesRecorded, counts, left } = this.#tally;
    return {
      ...counts,
      bytes,
      complete: !budget.isOver,
      left: budget.isOver ? left : 0,
      oldest: await findOldestCheck(context),
      knownBad: await this.#countKnownBad(),
      quarantined,
      hashesRecorded,
      notRememberedBecause: this.#lot.notRememberedBecause,
    };
  }

  /** Ends what reads. */
  async close(): Promise<void> {
    await this.#verdicts.close();
    await this.#parts.digests.close();
  }

  #start(units: AsyncIterable<Unit>): Overlap<Unit, ReadUnit> {
    const { digests, options } = this.#parts;
    const { signal } = options;
    const isLast = this.#isLast;
    let either: AbortSignal | undefined;
    return new Overlap(units, {
      window: this.#isTimed ? digests.size : digests.size * UNITS_AHEAD,
      work: (unit, ending) => {
        either ??= signal ? AbortSignal.any([signal, ending]) : ending;
        return this.#read(unit, { isLast, signal: either });
      },
    });
  }

  get #isTimed(): boolean {
    return this.#parts.options.budget?.timeMs !== undefined;
  }

  #units(): AsyncIterable<Unit> {
    const { context, listed, budget } = this.#parts;
    return chooseUnits(listed, {
      sql: context.sql,
      budget,
      singly: this.#isTimed,
      plannedBytes: (rows) => this.#checker.plannedBytes(rows),
      onUnnamed: () => this.#tally.pass(),
    });
  }

  /** Those that somebody worked on when they were looked at. */
  async *#unitsInUse(): AsyncGenerator<Unit, void, undefined> {
    const { context, budget } = this.#parts;
    for (const before of this.#verdicts.takeInUse()) {
      const blob = await chooseAgain(context.sql, before);
      if (blob === undefined) this.#tally.pass();
      else if (budget.begin(blob.plannedBytes)) yield [blob];
      else return;
    }
  }

  async #read(unit: Unit, options: { readonly isLast: boolean; readonly signal: AbortSignal }): Promise<ReadUnit> {
    const blobs = this.#parts.listed.named ? unit : await this.#withoutVerified(unit);
    const checked = await this.#checker.check(blobs, options);
    return {
      passed: unit.length - blobs.length,
      blobs: checked.map((each, index) => ({ blob: blobs[index] as ChosenBlob, checked: each })),
    };
  }

  async #write(): Promise<readonly VerifiedBlob[]> {
    const written = await this.#lot.write();
    await this.#noteCycle();
    for (const { uri } of written) this.#begun.delete(uri);
    return written;
  }

  /** The next run that compares sizes only goes on from here. */
  async #noteCycle(): Promise<void> {
    const cycle = this.#cycle;
    this.#cycle = undefined;
    if (cycle === undefined) return;
    await this.#lot.attempt(() => this.#parts.context.sql.batch([setQuickCycle(cycle)], { durable: false }));
  }

  /** Without those that this run has begun, and that somebody else has verified since it began. */
  async #withoutVerified(all: Unit): Promise<Unit> {
    const { context, startedAt } = this.#parts;
    // What was in use is looked at again.
    const unit = this.#isLast ? all : all.filter(({ rows: { uri } }) => !this.#begun.has(uri));
    for (const { rows } of unit) this.#begun.add(rows.uri);
    const uris = unit.map(({ rows }) => rows.uri);
    const rows = await context.sql.query(selectVerifiedSince(uris, startedAt));
    if (rows.length === 0) return unit;
    const verified = new Set(rows.map(([uri]) => uri));
    return unit.filter(({ rows: { uri } }) => !verified.has(uri));
  }

  async #take({ passed, blobs }: ReadUnit): Promise<void> {
    const { options, budget } = this.#parts;
    for (let count = 0; count < passed; count++) this.#tally.pass();
    for (const { blob, checked } of blobs) {
      budget.correct(checked.bytesRead - blob.plannedBytes);
      this.#tally.bytes += checked.bytesRead;
      await this.#verdicts.take({ blob, checked, isLast: this.#isLast });
      this.#cycle = blob.cycle ?? this.#cycle;
    }
    options.onProgress?.(this.#tally.progress);
  }

  /** Of blobs that were named one by one nothing else is of interest. */
  async #countKnownBad(): Promise<number> {
    const { context, listed } = this.#parts;
    if (listed.named) return this.#verdicts.badUnread;
    const all = await countKnownBad(context, END_OF_TIME);
    const own = this.#lot.notRememberedBecause === undefined ? this.#tally.bad : this.#verdicts.badRead;
    return Math.max(0, all - own);
  }
}

/** Later than any time on record. */
const END_OF_TIME = "9999-12-31T23:59:59.999Z" as Timestamp;

/** Threads are only started where something is to be read. */
async function openDigests(
  context: CapabilityContext,
  { jobs, quick }: VerifyOptions,
  total: number,
): Promise<DigestPool> {
  if (total === 0 || quick === true || context.openDigests === undefined) return readInThread(context);
  return context.openDigests(jobs);
}

function readOnlyError(): CatalogError<"READ_ONLY"> {
  return new CatalogError("READ_ONLY", "Cannot record hashes: the catalog was opened for reading only", {
    details: { path: "" },
    hint: "Open it for writing.",
  });
}
