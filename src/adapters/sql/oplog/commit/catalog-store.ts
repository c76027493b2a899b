import { isCatalogError } from "../../../../errors.ts";
import type {
  BatchOptions,
  QueryOptions,
  SqlCheckpoint,
  SqlResult,
  SqlRow,
  SqlStatement,
} from "../../../../ports/sql.ts";
import type { Lock } from "../lock/writer-lock.ts";
import type { MigrationPayload } from "../log/batch-payload.ts";
import { createLog } from "../protocol/create-files.ts";
import { load, refresh } from "../protocol/load.ts";
import { type Loaded, letGo, type StoreParts } from "../protocol/store.ts";
import { BackgroundSync } from "./background-sync.ts";
import { commitGroup, type PendingBatch, type RanBatch } from "./commit-group.ts";
import { closedError, isFull, notCommitted, outcomeUnknown, readOnlyError } from "./failures.ts";
import { type CheckpointOnClose, fold, foldsAtClose, isLong } from "./fold.ts";
import { Gate } from "./gate.ts";
import { named, requireSchema, requireWritableFile } from "./guards.ts";
import { LockKeeper } from "./lock-keeper.ts";
import { appendMigration, type MigrationPlan } from "./migration-plan.ts";
import { freeReserve, isDeletion, keepReserve } from "./reserve.ts";
import { SerialQueue } from "./serial-queue.ts";

/** When a batch that was acknowledged is on the device; see `schema/oplog-engine.md`. */
export type Durability = "commit" | "batch" | "checkpoint";

/** What a {@link CatalogStore} is made of. */
export interface CatalogStoreOptions {
  readonly parts: StoreParts;
  readonly lock: Lock;
  readonly durability: Durability;
  readonly checkpointOnClose: CheckpointOnClose;
  readonly refreshIntervalMs: number;
  /** A log of that many bytes, and of half the snapshot, is folded in. */
  readonly checkpointBytes: number;
}

/** How often a checkpoint that others were faster with is begun again. */
const FOLD_ATTEMPTS = 3;
const CLOSE_WAIT_MS = 250;

/** A catalog that processes share. */
export class CatalogStore {
  readonly #options: CatalogStoreOptions;
  readonly #parts: StoreParts;
  readonly #keeper: LockKeeper;
  readonly #exclusive: SerialQueue = new SerialQueue();
  #loaded: Loaded | undefined;
  #lookedAtMs: number = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #waitingReads = 0;
  /** As long as it is closed, the replica has what may not be committed. */
  readonly #confirming: Gate = new Gate();
  #pending: PendingBatch[] = [];
  #scheduled = false;
  /** Whether there is something of ours in the log, or the log is ours. */
  #wrote = false;
  /** How many run that may use the room which is kept back. */
  #makingRoom = 0;
  /** Something was acknowledged that may not be on the device yet. */
  #unsynced = false;
  readonly #backgroundSync: BackgroundSync;
  #closing: Promise<void> | undefined;
  #oldestSchema = 0;

  constructor(options: CatalogStoreOptions) {
    this.#options = options;
    this.#parts = options.parts;
    const { clock } = options.parts;
    const onFailure = (error: unknown): void => this.#warn("could not sync the log", error);
    this.#backgroundSync = new BackgroundSync({ clock, sync: () => this.sync(), onFailure });
    this.#keeper = new LockKeeper({
      lock: options.lock,
      clock,
      warn: (message, error) => this.#warn(message, error),
      onFull: (error) => this.#makeRoom(error),
    });
  }

  /** Reads the catalog for the first time. */
  async open(): Promise<void> {
    await this.#named("open", () => this.#look());
  }

  /** Asks the database, when it holds only what is committed, and all of that which is not too new. */
  async read<Result>(ask: (loaded: Loaded) => Result, options: QueryOptions = {}): Promise<Result> {
    this.#requireOpen();
    options.signal?.throwIfAborted();
    const everyTime = this.#options.refreshIntervalMs === 0;
    for (let looked = false; ; ) {
      const loaded = this.#loaded;
      const ready = loaded?.live === true && (this.#keeper.held || looked || this.#isFresh());
      if (this.#confirming.closed !== undefined) await this.#confirming.closed;
      else if (loaded !== undefined && ready) return ask(loaded);
      else {
        this.#waitingReads += 1;
        try {
          await this.#named("read", () => (everyTime ? this.#look() : this.#lookOnce()));
        } finally {
          this.#waitingReads -= 1;
        }
        looked = true;
      }
    }
  }

  query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    return this.read(({ replica }) => replica.query(statement), options);
  }

  async batch(statements: readonly SqlStatement[], options: BatchOptions = {}): Promise<readonly SqlResult[]> {
    this.#requireOpen();
    const { signal, durable = true, expectedRows } = options;
    signal?.throwIfAborted();
    if (this.#parts.readOnly) return this.#readBatch(statements);
    return new Promise((resolve, reject) => {
      this.#pending.push({ statements, durable, expectedRows, signal, resolve, reject });
      this.#schedule();
    });
  }

  async sync(): Promise<void> {
    this.#requireOpen();
    if (this.#parts.readOnly) return;
    await this.#exclusive.run(async () => {
      await this.#syncOrSeal(this.#loaded?.live === true ? this.#loaded : await this.#refreshed());
    });
  }

  /** Brings the log into the snapshot, also on a full disk if what is kept back is enough. */
  async checkpoint(options: { readonly removeLog: boolean }): Promise<SqlCheckpoint> {
    this.#requireOpen();
    const { readOnly, files } = this.#parts;
    if (readOnly) throw readOnlyError(files.snapshot);
    this.#makingRoom += 1;
    try {
      return await this.#write(() => this.#checkpoint(options.removeLog));
    } finally {
      this.#makingRoom -= 1;
    }
  }

  async #checkpoint(removeLog: boolean): Promise<SqlCheckpoint> {
    const before = await this.#refreshed();
    const { log, snapshot, sequence } = before;
    if (log !== undefined) await requireWritableFile(this.#parts, before);
    const done = { batches: sequence - snapshot.sequence, logBytes: log?.position ?? 0 };
    let current = before;
    for (let attempt = 1; current.log !== undefined && attempt <= FOLD_ATTEMPTS; attempt++) {
      current = await this.#fold(current, removeLog);
      if (!removeLog) break;
    }
    return { ...done, sizeBytes: current.snapshot.stat.sizeBytes };
  }

  /** Refuses files whose schema is older than `version` from now on: somebody put an old one in its place. */
  requireSchema(version: number): void {
    this.#oldestSchema = version;
  }

  /** Brings the schema to a later version, and folds the log in before and after. */
  async migrate(plan: MigrationPlan): Promise<void> {
    await this.#write(async () => {
      const first = await this.#refreshed();
      if (first.log !== undefined) await this.#fold(first, true);
      const { replica } = await this.#refreshed();
      const migration = plan.from(replica.schemaVersion);
      if (migration === undefined) return;
      try {
        await this.#appendMigration(migration, plan);
      } finally {
        await this.#fold(await this.#refreshed(), true);
      }
    });
    await this.#keeper.release();
  }

  async #appendMigration(migration: MigrationPayload, plan: MigrationPlan): Promise<void> {
    await appendMigration(this.#parts, await this.#writable(), { migration, plan });
    await this.#syncOrSeal(await this.#refreshed());
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.#parts.files.snapshot);
  }

  #readBatch(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]> {
    return this.read(({ replica }) => {
      if (statements.some(({ sql }) => replica.writes(sql))) throw readOnlyError(this.#parts.files.snapshot);
      return statements.map((statement) => ({ rows: replica.query(statement), changes: 0 }));
    });
  }

  #isFresh(): boolean {
    return this.#parts.clock.monotonicMs() - this.#lookedAtMs < this.#options.refreshIntervalMs;
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  #look(): Promise<void> {
    return this.#exclusive.run(async () => {
      const startedMs = this.#parts.clock.monotonicMs();
      await this.#refreshed();
      this.#lookedAtMs = startedMs;
    });
  }

  async #refreshed(): Promise<Loaded> {
    const loaded = this.#loaded;
    try {
      this.#loaded = loaded?.live === true ? await refresh(this.#parts, loaded) : await load(this.#parts);
      requireSchema(this.#parts, this.#loaded, this.#oldestSchema);
      return this.#loaded;
    } catch (error) {
      await letGo(this.#loaded);
      await letGo(loaded);
      throw error;
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#write(() => this.#commitPending()).catch((error: unknown) => {
      this.#scheduled = false;
      for (const { reject } of this.#pending.splice(0)) reject(error);
    });
  }

  #write<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#keeper.run(() => this.#named("write", () => this.#exclusive.run(work)));
  }

  async #commitPending(): Promise<void> {
    this.#scheduled = false;
    let group: readonly PendingBatch[] = this.#pending.splice(0);
    try {
      while (group.length > 0) group = await this.#commitOnce(group);
    } catch (error) {
      const named = notCommitted(error, this.#parts.files.snapshot);
      for (const { reject } of group) reject(named);
    }
  }

  /** Gives those who have to be run again. */
  async #commitOnce(group: readonly PendingBatch[]): Promise<readonly PendingBatch[]> {
    const loaded = await this.#writable();
    const outcome = await this.#confirming.run(() => commitGroup(this.#parts, loaded, group));
    switch (outcome.kind) {
      case "committed":
        await this.#acknowledge(loaded, outcome.ran);
        await this.#foldWhenLong();
        return [];
      case "void":
        return outcome.left;
      case "full":
        if (outcome.left.some(({ statements }) => isDeletion(statements)) && (await freeReserve(this.#parts)))
          return outcome.left;
        for (const { reject } of outcome.left) reject(notCommitted(outcome.failure, this.#parts.files.snapshot));
        return [];
      case "lost":
        await letGo(loaded);
        return [];
      default:
        return outcome satisfies never;
    }
  }

  /** What is loaded, with a log that takes batches. */
  async #writable(): Promise<Loaded> {
    for (;;) {
      const loaded = await this.#refreshed();
      await requireWritableFile(this.#parts, loaded);
      if (loaded.log === undefined) {
        await createLog(this.#parts, loaded);
        await keepReserve(this.#parts, loaded);
        this.#wrote = true;
      } else if (loaded.log.ended || (loaded.log.broken && this.#parts.rules.sealAfterFailedSync)) {
        await this.#fold(loaded, false);
      } else return loaded;
    }
  }

  async #fold(loaded: Loaded, removeLog: boolean): Promise<Loaded> {
    this.#loaded = await fold(this.#parts, loaded, removeLog);
    await this.#keeper.sweep();
    return this.#loaded;
  }

  async #acknowledge(loaded: Loaded, ran: readonly RanBatch[]): Promise<void> {
    this.#wrote = true;
    this.#unsynced = true;
    const { rules } = this.#parts;
    const { durability } = this.#options;
    const later = ran.filter(({ pending }) => pending.durable && durability === "commit");
    for (const each of ran) if (!later.includes(each)) each.pending.resolve(each.results);
    if (durability === "batch") this.#backgroundSync.request();
    const skip = !rules.syncBeforeAck || (!rules.syncForNothing && later.every(({ changed }) => !changed));
    try {
      if (later.length > 0 && !skip) await this.#syncOrSeal(loaded);
      for (const { pending, results } of later) pending.resolve(results);
    } catch (error) {
      for (const { pending } of later) pending.reject(error);
    }
  }

  /** Brings the log onto the device. When that fails the log ends, and new files take over from it. */
  async #syncOrSeal(loaded: Loaded): Promise<void> {
    const { fs, files, rules } = this.#parts;
    const { log } = rules.sealAfterFailedSync ? await this.#unbroken(loaded) : loaded;
    if (log === undefined) return;
    try {
      if (!log.synced) await log.sync();
      if (!log.nameSynced && rules.nameSynced) await fs.syncDirectory(files.folder);
      log.nameSynced = true;
      this.#unsynced = false;
    } catch (error) {
      if (rules.sealAfterFailedSync) {
        log.breakOff();
        await this.#fold(loaded, false).catch((also: unknown) => this.#warn("could not replace a log", also));
      }
      throw rules.unknownIsSaid ? outcomeUnknown(files.snapshot, error) : notCommitted(error, files.snapshot);
    }
  }

  /** What is loaded, after a log that cannot be synced was replaced. */
  async #unbroken(loaded: Loaded): Promise<Loaded> {
    let current = loaded;
    while (current.log?.broken === true) current = await this.#fold(current, false);
    return current;
  }

  async #foldWhenLong(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded?.live !== true || !isLong(loaded, this.#options.checkpointBytes)) return;
    await this.#fold(loaded, false).catch((error: unknown) => this.#warn("could not checkpoint", error));
  }

  /** Frees the reserve for those who make room themselves. */
  async #makeRoom(error: unknown): Promise<boolean> {
    const wanted = this.#makingRoom > 0 || this.#pending.some(({ statements }) => isDeletion(statements));
    return isFull(error) && wanted && (await freeReserve(this.#parts));
  }

  async #shutDown(): Promise<void> {
    this.#backgroundSync.cancel();
    try {
      await this.#named("close", () =>
        this.#keeper.close((acquire) => this.#exclusive.run(() => this.#finish(acquire)), CLOSE_WAIT_MS),
      );
    } finally {
      // Who asked before the end gets an answer.
      while (this.#waitingReads > 0) await this.#exclusive.run(() => Promise.resolve());
      await letGo(this.#loaded);
    }
  }

  async #finish(acquire: () => Promise<void>): Promise<void> {
    if (this.#unsynced) await this.#syncOrSeal(this.#loaded?.live === true ? this.#loaded : await this.#refreshed());
    if (!this.#wrote) return;
    if (!foldsAtClose(this.#options.checkpointOnClose, this.#loaded)) return this.#tellOfLog();
    try {
      await acquire();
      // Somebody else may have folded it in already.
      const current = await this.#refreshed();
      if (current.log !== undefined) await this.#fold(current, true);
    } catch (error) {
      this.#tellOfLog(error);
    }
  }

  /** Who copies the catalog has to know that it is not one file. */
  #tellOfLog(error?: unknown): void {
    if (error === undefined && this.#loaded?.log === undefined) return;
    this.#warn('it is two files, the catalog and its log; run "catalog checkpoint" before you copy it', error);
  }

  #named<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    return named({ verb, path: this.#parts.files.snapshot }, work);
  }

  #warn(message: string, error: unknown): void {
    // Who keeps us waiting goes on writing, and folds the log in at the end.
    const level = isCatalogError(error, "BUSY") ? "debug" : "warn";
    const reason = error === undefined ? {} : { reason: error instanceof Error ? error.message : String(error) };
    this.#parts.logger?.log(level, message, { path: this.#parts.files.snapshot, ...reason });
  }
}
