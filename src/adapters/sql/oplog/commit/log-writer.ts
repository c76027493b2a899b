import { isCatalogError } from "../../../../errors.ts";
import type { BatchOptions, SqlCheckpoint, SqlResult, SqlStatement } from "../../../../ports/sql.ts";
import { LockQueue } from "../lock/lock-queue.ts";
import type { Lock } from "../lock/writer-lock.ts";
import { measured } from "../measured.ts";
import { createLog } from "../protocol/create-files.ts";
import { closeLoaded, type Loaded, type StoreParts } from "../protocol/store.ts";
import { BackgroundSync } from "./background-sync.ts";
import { type CheckpointOnClose, checkpointsAtClose, isLong, strongest } from "./checkpoint-log.ts";
import { commitGroup, type PendingBatch, type RanBatch } from "./commit-group.ts";
import type { CurrentReplica } from "./current-replica.ts";
import { isFull, notCommitted, outcomeUnknown } from "./failures.ts";
import { named, requireWritableFile } from "./guards.ts";
import { appendMigration, type MigrationPlan } from "./migration-plan.ts";
import type { OpenOptions } from "./open-options.ts";
import { freeReserve, keepReserve } from "./reserve.ts";
import { syncLog } from "./sync-log.ts";

/** What a {@link LogWriter} works with. */
export interface LogWriterOptions {
  /** The files, and what writes them. */
  readonly parts: StoreParts;
  /** Taken before anything is written. */
  readonly lock: Lock;
  /** What is written is applied to it first. */
  readonly current: CurrentReplica;
  /** A log of that many bytes, and of half the snapshot, gets a checkpoint. */
  readonly checkpointBytes: number;
}

/** How often a checkpoint that others were faster with is begun again. */
const CHECKPOINT_ATTEMPTS = 3;
const CLOSE_WAIT_MS = 250;

/** Everything that a process does to the files of a catalog. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #parts: StoreParts;
  readonly #current: CurrentReplica;
  readonly #lockQueue: LockQueue;
  /** Batches that nobody has begun with, and what ends their waiting for the lock. */
  readonly #pending: Map<PendingBatch, () => void> = new Map();
  #scheduled = false;
  /** The strongest setting of those who wrote to the log, or created it; `undefined` when nobody did. */
  #checkpointOnClose: CheckpointOnClose | undefined;
  /** How many run that may use the room which is kept back. */
  #makingRoom = 0;
  /** Something was acknowledged that may not be on the device yet. */
  #unsynced = false;
  readonly #backgroundSync: BackgroundSync;

  /** Touches no file before the first call. */
  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#parts = options.parts;
    this.#current = options.current;
    const { clock } = options.parts;
    const onFailure = (error: unknown): void => this.#warn("could not sync the log", error);
    this.#backgroundSync = new BackgroundSync({ clock, sync: () => this.sync(), onFailure });
    this.#lockQueue = new LockQueue({
      lock: options.lock,
      clock,
      warn: (message, error) => this.#warn(message, error),
      onFailure: (error) => this.#makeRoomOrUnlock(error),
      measure: (wait) => measured(this.#parts, "content_catalog.lock.wait.duration", wait),
    });
  }

  /** Runs statements as one batch, together with others that wait; see `SqlEngine.batch`. */
  batch(
    statements: readonly SqlStatement[],
    options: BatchOptions & { readonly openOptions: OpenOptions },
  ): Promise<readonly SqlResult[]> {
    const { openOptions, durable = true, expectedRows, makesRoom = false, onCommitted, signal } = options;
    return new Promise((resolve, reject) => {
      const pending: PendingBatch = {
        ...{ statements, openOptions, durable, expectedRows, makesRoom, onCommitted, signal },
        resolve: (results) => this.#lockQueue.answer(() => resolve(results)),
        reject: (error) => this.#lockQueue.answer(() => reject(error)),
      };
      // Has an effect as long as nobody has begun with it.
      const giveUp = (error: unknown): void => {
        this.#pending.get(pending)?.();
        if (this.#pending.delete(pending)) reject(error);
      };
      const stop = this.#lockQueue.waitFor(openOptions.busyTimeoutMs, giveUp);
      const abort = (): void => giveUp(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(pending, () => {
        stop();
        signal?.removeEventListener("abort", abort);
      });
      this.#schedule();
    });
  }

  /** Resolves when everything that was acknowledged before is durable. */
  async sync(): Promise<void> {
    await this.#alone(async () => this.#syncOrSeal(this.#current.loaded ?? (await this.#current.refreshed())));
  }

  /** Writes the log into the snapshot, also on a full disk if the reserve is enough. */
  async checkpoint({ busyTimeoutMs }: OpenOptions, removeLog: boolean): Promise<SqlCheckpoint> {
    this.#makingRoom += 1;
    try {
      return await this.underLock(busyTimeoutMs, () => this.#checkpoint(removeLog));
    } finally {
      this.#makingRoom -= 1;
    }
  }

  async #checkpoint(removeLog: boolean): Promise<SqlCheckpoint> {
    const before = await this.#current.refreshed();
    const { log, snapshot, sequence } = before;
    if (log !== undefined) await requireWritableFile(this.#parts, before);
    const done = { batches: sequence - snapshot.sequence, logBytes: log?.position ?? 0 };
    let current = before;
    for (let attempt = 1; current.log !== undefined && attempt <= CHECKPOINT_ATTEMPTS; attempt++) {
      current = await this.#checkpointOnce(current, removeLog);
      if (!removeLog) break;
    }
    // Somebody who was faster without the lock may not be at the end of it.
    await this.#syncOrSeal(current);
    return { ...done, sizeBytes: current.snapshot.stat.sizeBytes };
  }

  /** Migrates the schema to a later version, with a checkpoint before and after. */
  async migrate(openOptions: OpenOptions, plan: MigrationPlan): Promise<void> {
    await this.underLock(openOptions.busyTimeoutMs, async () => {
      const first = await this.#current.refreshed();
      if (first.log !== undefined) await this.#checkpointOnce(first, true);
      const { replica } = await this.#current.refreshed();
      if (plan.from(replica.schemaVersion) === undefined) return;
      try {
        while (!(await appendMigration(this.#parts, await this.#writable([openOptions]), plan)));
        await this.#syncOrSeal(await this.#current.refreshed());
      } finally {
        await this.#checkpointOnce(await this.#current.refreshed(), true);
      }
    });
    await this.#lockQueue.release();
  }

  /** Runs `work` with the lock while nothing else runs. @throws {CatalogError} BUSY after `timeoutMs` */
  underLock<Result>(timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
    return this.#lockQueue.runWithin(timeoutMs, () => this.#alone(work));
  }

  /** Gives the lock up as soon as nothing runs. */
  release(): Promise<void> {
    return this.#lockQueue.release();
  }

  /** Makes everything durable, checkpoints if the settings say so, and releases the lock: nobody writes any more. */
  async end(): Promise<void> {
    this.#backgroundSync.cancel();
    await this.#named("close", () =>
      this.#lockQueue.close((acquire) => this.#current.exclusive(() => this.#finish(acquire)), CLOSE_WAIT_MS),
    );
  }

  async #finish(acquire: () => Promise<void>): Promise<void> {
    const checkpointOnClose = this.#checkpointOnClose;
    this.#checkpointOnClose = undefined;
    const unsynced = this.#unsynced && this.#parts.rules.syncAtEnd;
    if (unsynced) await this.#syncOrSeal(this.#current.loaded ?? (await this.#current.refreshed()));
    if (checkpointOnClose === undefined) return;
    if (!checkpointsAtClose(checkpointOnClose, this.#current.loaded)) return this.#warnOfLog();
    try {
      await acquire();
      // Somebody else may have made the checkpoint already.
      const current = await this.#current.refreshed();
      if (current.log !== undefined) await this.#checkpointOnce(current, true);
    } catch (error) {
      this.#warnOfLog(error);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#lockQueue
      .run(() => this.#alone(() => this.#commitPending()))
      .catch((error: unknown) => {
        this.#scheduled = false;
        for (const { reject } of this.#takePending()) reject(error);
      });
  }

  #takePending(): readonly PendingBatch[] {
    const group = [...this.#pending.keys()];
    for (const stop of this.#pending.values()) stop();
    this.#pending.clear();
    return group;
  }

  async #commitPending(): Promise<void> {
    this.#scheduled = false;
    let group = this.#takePending();
    const makingRoom = group.some(({ makesRoom }) => makesRoom) ? 1 : 0;
    this.#makingRoom += makingRoom;
    try {
      while (group.length > 0) group = await this.#commitOnce(group);
    } catch (error) {
      const named = notCommitted(error, this.#parts.files.snapshot);
      for (const { reject } of group) reject(named);
    } finally {
      this.#makingRoom -= makingRoom;
    }
  }

  /** Gives those who have to be run again. */
  async #commitOnce(group: readonly PendingBatch[]): Promise<readonly PendingBatch[]> {
    const loaded = await this.#writable(group.map(({ openOptions }) => openOptions));
    const outcome = await this.#current.committing.run(() => commitGroup(this.#parts, loaded, group));
    switch (outcome.kind) {
      case "committed":
        await this.#acknowledge(loaded, outcome.ran);
        await this.#checkpointWhenLong(group);
        return [];
      case "void":
        return outcome.left;
      case "full":
        if (await this.#makeRoom(outcome.failure)) return outcome.left;
        for (const { reject } of outcome.left) reject(notCommitted(outcome.failure, this.#parts.files.snapshot));
        return [];
      case "lost":
        await closeLoaded(loaded);
        return [];
      default:
        return outcome satisfies never;
    }
  }

  /** What is loaded, with a log that takes batches, which is made for `writers` if there is none. */
  async #writable(writers: readonly OpenOptions[]): Promise<Loaded> {
    for (;;) {
      const loaded = await this.#current.refreshed();
      await requireWritableFile(this.#parts, loaded);
      if (loaded.log === undefined) {
        await this.#createLog(loaded);
        await keepReserve(this.#parts, loaded);
        this.#noteCheckpointOnClose(writers);
      } else if (loaded.log.ended || (loaded.log.broken && this.#parts.rules.sealAfterFailedSync)) {
        await this.#checkpointOnce(loaded, false);
      } else return loaded;
    }
  }

  async #createLog(loaded: Loaded): Promise<void> {
    try {
      await createLog(this.#parts, loaded);
    } catch (error) {
      const answer = await this.#makeRoomOrUnlock(error);
      if (answer === "give up") throw error;
      // What the lock takes may be all the room that there is.
      if (answer === "go on without") await this.#lockQueue.releaseNow();
      await createLog(this.#parts, loaded);
    }
  }

  async #checkpointOnce(loaded: Loaded, removeLog: boolean): Promise<Loaded> {
    const checkpoint = (): Promise<Loaded> => this.#current.checkpoint(loaded, removeLog);
    const checkpointed = await measured(this.#parts, "content_catalog.checkpoint.duration", checkpoint);
    await this.#lockQueue.sweep();
    return checkpointed;
  }

  async #acknowledge(loaded: Loaded, ran: readonly RanBatch[]): Promise<void> {
    this.#noteCheckpointOnClose(ran.map(({ pending }) => pending.openOptions));
    this.#unsynced = true;
    const commit = { sequence: loaded.sequence, alone: ran.length === 1 };
    for (const { pending } of ran) pending.onCommitted?.(commit);
    const { rules } = this.#parts;
    const later = ran.filter(({ pending }) => pending.durable && pending.openOptions.durability === "commit");
    for (const each of ran) if (!later.includes(each)) each.pending.resolve(each.results);
    const soon = ran.some(({ pending }) => pending.openOptions.durability === "batch");
    if (soon && rules.syncSoon) this.#backgroundSync.request();
    const skip = !rules.syncBeforeAck || (!rules.syncForNothing && later.every(({ changed }) => !changed));
    try {
      if (later.length > 0 && !skip) await this.#syncOrSeal(loaded);
      for (const { pending, results } of later) pending.resolve(results);
    } catch (error) {
      for (const { pending } of later) pending.reject(error);
    }
  }

  #noteCheckpointOnClose(writers: readonly OpenOptions[]): void {
    for (const { checkpointOnClose } of writers)
      this.#checkpointOnClose = strongest(this.#checkpointOnClose, checkpointOnClose);
  }

  /** Brings the log onto the device. When that fails the log ends, and new files take over from it. */
  async #syncOrSeal(loaded: Loaded): Promise<void> {
    const { files, rules } = this.#parts;
    const { log } = rules.sealAfterFailedSync ? await this.#unbroken(loaded) : loaded;
    if (log === undefined) return;
    try {
      await syncLog(this.#parts, log);
      this.#unsynced = false;
    } catch (error) {
      if (rules.sealAfterFailedSync) {
        log.markBroken();
        await this.#checkpointOnce(loaded, false).catch((also: unknown) => this.#warn("could not replace a log", also));
      }
      throw rules.unknownIsSaid ? outcomeUnknown(files.snapshot, error) : notCommitted(error, files.snapshot);
    }
  }

  /** What is loaded, after a log that cannot be synced was replaced. */
  async #unbroken(loaded: Loaded): Promise<Loaded> {
    let current = loaded;
    while (current.log?.broken === true) current = await this.#checkpointOnce(current, false);
    return current;
  }

  async #checkpointWhenLong(group: readonly PendingBatch[]): Promise<void> {
    const { loaded } = this.#current;
    const inARow = group.some(({ expectedRows }) => expectedRows !== undefined);
    if (loaded === undefined || !isLong(loaded, { thresholdBytes: this.#options.checkpointBytes, inARow })) return;
    await this.#checkpointOnce(loaded, false).catch((error: unknown) => this.#warn("could not checkpoint", error));
  }

  /** Frees the reserve for those who make room themselves; gives whether it helps to try again. */
  async #makeRoom(error: unknown): Promise<boolean> {
    return isFull(error) && this.#makesRoom() && (await freeReserve(this.#parts));
  }

  /** Two who write without a lock only take longer, unless a file could replace another where links do not exist. */
  async #makeRoomOrUnlock(error: unknown): Promise<"give up" | "try again" | "go on without"> {
    if (await this.#makeRoom(error)) return "try again";
    const may = isFull(error) && this.#makesRoom() && this.#parts.fs.capabilities.hardlink;
    return may ? "go on without" : "give up";
  }

  #makesRoom(): boolean {
    return this.#makingRoom > 0 || [...this.#pending.keys()].some(({ makesRoom }) => makesRoom);
  }

  /** Who copies the catalog has to know that it is not one file. */
  #warnOfLog(error?: unknown): void {
    if (error === undefined && this.#current.loaded?.log === undefined) return;
    this.#warn('it is two files, the catalog and its log; run "catalog checkpoint" before you copy it', error);
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#named("write", () => this.#current.exclusive(work));
  }

  #named<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    return named({ verb, path: this.#parts.files.snapshot }, work);
  }

  #warn(message: string, error: unknown): void {
    // The other writer goes on, and makes the checkpoint at its end.
    const level = isCatalogError(error, "BUSY") ? "debug" : "warn";
    const reason = error === undefined ? {} : { reason: error instanceof Error ? error.message : String(error) };
    this.#parts.logger?.log(level, message, { path: this.#parts.files.snapshot, ...reason });
  }
}
