import { Latch } from "../lock/latch.ts";
import { SerialQueue } from "../lock/serial-queue.ts";
import type { Lock } from "../lock/writer-lock.ts";
import { load, refresh } from "../protocol/load.ts";
import { closeLoaded, type Loaded, type StoreParts } from "../protocol/store.ts";
import { Backoff } from "./backoff.ts";
import { checkpointLog } from "./checkpoint-log.ts";
import { named, requireSchema } from "./guards.ts";
import { syncForReader } from "./sync-log.ts";

/** Options of {@link CurrentReplica.read}. */
export interface ReadOptions {
  /** How old what is read may be, in milliseconds, before the files are looked at again. */
  readonly refreshIntervalMs: number;
  /** Whether the files are looked at in any case, after the call. */
  readonly fresh?: boolean | undefined;
  /** Ends the waiting when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What a {@link CurrentReplica} works with. */
export interface CurrentReplicaOptions {
  /** The files, and what reads them. */
  readonly parts: StoreParts;
  /** As long as it is held nobody else writes, so that there is no news. */
  readonly lock: Lock;
}

/** The one copy of the catalog that a process has in memory, and how it keeps up with the files. */
export class CurrentReplica {
  readonly #options: CurrentReplicaOptions;
  readonly #parts: StoreParts;
  readonly #queue: SerialQueue = new SerialQueue();
  readonly #backoff: Backoff;
  #loaded: Loaded | undefined;
  #lookedAtMs: number = Number.NEGATIVE_INFINITY;
  #looking: Promise<Loaded> | undefined;
  /** A look that has not begun. */
  #nextLook: Promise<Loaded> | undefined;
  #waitingReads = 0;
  #oldestSchema = 0;
  /** While it is held, the replica may hold what is not committed. */
  readonly committing: Latch = new Latch();
  /** While it is held, the schema may be older than readers know. */
  readonly startingToWrite: Latch = new Latch();

  /** Loads nothing before somebody asks. */
  constructor(options: CurrentReplicaOptions) {
    this.#options = options;
    this.#parts = options.parts;
    this.#backoff = new Backoff(options.parts);
  }

  /** What is loaded and of use. */
  get loaded(): Loaded | undefined {
    return this.#loaded?.live === true ? this.#loaded : undefined;
  }

  /** Asks the database, when it holds only what is committed, and all of that which is not too new. */
  async read<Result>(ask: (loaded: Loaded) => Result, options: ReadOptions): Promise<Result> {
    const { signal } = options;
    signal?.throwIfAborted();
    for (let looked = false; ; ) {
      const { loaded } = this;
      const ready = loaded !== undefined && (looked || this.#isCurrent(options));
      const latched = this.committing.held ?? this.startingToWrite.held;
      if (latched === undefined && ready) return ask(loaded);
      this.#waitingReads += 1;
      try {
        if (latched !== undefined) await latched;
        else await this.#named("read", () => this.#lookFor(options));
      } finally {
        this.#waitingReads -= 1;
      }
      looked ||= latched === undefined;
    }
  }

  /** Runs what changes what is loaded, one after the other. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(work);
  }

  /** Looks whether there is news, from now on, and gives what is loaded then. */
  look(): Promise<Loaded> {
    this.#nextLook ??= this.exclusive(async () => {
      this.#nextLook = undefined;
      const startedMs = this.#parts.clock.monotonicMs();
      const loaded = await this.refreshed();
      this.#lookedAtMs = startedMs;
      return loaded;
    });
    return this.#nextLook;
  }

  /** Takes in what others did, and gives what is loaded then; only while nothing else runs. */
  async refreshed(): Promise<Loaded> {
    const { loaded } = this;
    try {
      this.#loaded = loaded === undefined ? await load(this.#parts) : await refresh(this.#parts, loaded);
      requireSchema(this.#parts, this.#loaded, this.#oldestSchema);
      return this.#loaded;
    } catch (error) {
      await closeLoaded(this.#loaded);
      await closeLoaded(loaded);
      throw error;
    }
  }

  /** Makes durable what was read, and writes nothing. */
  sync(): Promise<void> {
    const work = async (): Promise<void> => syncForReader(this.#parts, this.loaded ?? (await this.refreshed()));
    return this.#named("sync", () => this.exclusive(work));
  }

  /** Writes the log into the snapshot; likewise. */
  async checkpoint(loaded: Loaded, removeLog: boolean): Promise<Loaded> {
    this.#loaded = await checkpointLog(this.#parts, loaded, { removeLog, backoff: this.#backoff });
    return this.#loaded;
  }

  /** Refuses files whose schema is older than `version` from now on: somebody put an old one in its place. */
  requireSchema(version: number): void {
    this.#oldestSchema = version;
  }

  /** Closes what is loaded, after all reads from before got their answer. */
  async close(): Promise<void> {
    while (this.#waitingReads > 0) await this.exclusive(() => Promise.resolve());
    await closeLoaded(this.#loaded);
  }

  /** Closes what is loaded if it is of no use any more. */
  async forget(when: (loaded: Loaded) => boolean): Promise<void> {
    await this.exclusive(async () => {
      const { loaded } = this;
      if (loaded !== undefined && when(loaded)) await closeLoaded(loaded);
    });
  }

  #isCurrent({ refreshIntervalMs, fresh }: ReadOptions): boolean {
    // The lock may have been stolen.
    if (fresh === true && this.#parts.rules.freshLooks) return false;
    return this.#options.lock.held || this.#parts.clock.monotonicMs() - this.#lookedAtMs < refreshIntervalMs;
  }

  #lookFor({ refreshIntervalMs, fresh }: ReadOptions): Promise<Loaded> {
    // One that has begun may have looked before the call.
    if (refreshIntervalMs === 0 || fresh === true) return this.look();
    this.#looking ??= this.look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  #named<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    return named({ verb, path: this.#parts.files.snapshot }, work);
  }
}
