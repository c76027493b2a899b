import { quote } from "../../../core/messages/quote.ts";
import { CatalogError, isCatalogError } from "../../../errors.ts";
import { notCommitted } from "./snapshot.ts";

/** What {@link GroupCommit} needs done. */
export interface GroupCommitOptions {
  /** The catalog file, for messages. */
  readonly path: string;
  /** Resolves when all batches that were called for by now were applied, so that they share one snapshot. */
  readonly gather: () => Promise<void>;
  /** Makes what is applied at the moment of the call durable in a new file. */
  readonly writeSnapshot: () => Promise<void>;
  /** Makes the file that is there durable, whoever wrote it. */
  readonly syncFile: () => Promise<void>;
  /** Forgets what is in memory: it holds what was reported as failed. */
  readonly dropReplica: () => void;
}

/** Who waits for durability: a batch, or one who asks for all that was applied before. */
export type WaiterKind = "batch" | "sync";

interface Waiter {
  readonly position: number;
  readonly kind: WaiterKind;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Keeps what is applied apart from what is durable. Positions count the batches that changed something. Whoever waits
 * shares the next snapshot; while one is written, the others gather for the one after it.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #applied = 0;
  #durable = 0;
  /** Position of the last batch that was acknowledged without being durable. */
  #lastUnconfirmed = 0;
  /** The file was read, and nobody here knows whether it is durable. */
  #unsynced = false;
  /** Making the file durable failed; the device may say yes the next time without meaning it, so only a new file does. */
  #doubtful = false;
  #loss: CatalogError | undefined;
  #waiters: Waiter[] = [];
  #running = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Whether nothing is to be written, nobody waits and no loss is unheard. */
  get settled(): boolean {
    return !this.#pending && !this.#running && this.#loss === undefined;
  }

  /** Notes a batch that changed something; `confirmed` if its caller will wait. */
  recordApplied(confirmed: boolean): void {
    this.#applied++;
    if (!confirmed) this.#lastUnconfirmed = this.#applied;
  }

  /** Notes that the replica was loaded from a file of which nobody here knows whether it is durable. */
  recordLoaded(): void {
    this.#unsynced = true;
  }

  /** Asks for a new file even if nothing changed. */
  requireSnapshot(): void {
    this.#applied++;
  }

  /**
   * Reports, once, that batches which were acknowledged as applied are gone.
   * @throws {CatalogError} NOT_COMMITTED, or OUTCOME_UNKNOWN if they may have come through
   */
  throwLoss(): void {
    const loss = this.#loss;
    this.#loss = undefined;
    if (loss !== undefined) throw loss;
  }

  /** Resolves when all that is applied now is durable; rejects when it is lost. */
  wait(kind: WaiterKind): Promise<void> {
    if (!this.#pending && !this.#unsynced && !this.#running) return Promise.resolve();
    const position = this.#applied;
    const result = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ position, kind, resolve, reject });
    });
    if (!this.#running) void this.#run();
    return result;
  }

  /** Whether memory is ahead of the file. */
  get #pending(): boolean {
    return this.#applied > this.#durable;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiters.length > 0) {
      await this.#options.gather();
      const covered = this.#applied;
      try {
        if (this.#pending) await this.#options.writeSnapshot();
        else await this.#options.syncFile();
        this.#succeed(covered);
      } catch (error) {
        this.#fail(error, covered);
      }
    }
    this.#running = false;
  }

  #succeed(covered: number): void {
    this.#durable = covered;
    this.#unsynced = false;
    this.#doubtful = false;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ position }) => position > covered);
    for (const waiter of waiters) if (waiter.position <= covered) waiter.resolve();
  }

  #fail(error: unknown, covered: number): void {
    const { path, dropReplica } = this.#options;
    const unknown = isCatalogError(error, "OUTCOME_UNKNOWN");
    const waiters = this.#waiters;
    this.#waiters = [];
    let reported = this.#durable;
    for (const { position, kind, reject } of waiters) {
      reject(unknown && position > covered ? notCommitted(new Error("an earlier write failed"), path) : error);
      if (kind === "sync") reported = Math.max(reported, position);
    }
    if (this.#lastUnconfirmed > reported) this.#loss = lossError(path, error);
    this.#doubtful ||= unknown;
    this.#durable = this.#applied;
    if (this.#doubtful) this.requireSnapshot();
    dropReplica();
  }
}

function lossError(path: string, cause: unknown): CatalogError {
  const unknown = isCatalogError(cause, "OUTCOME_UNKNOWN");
  const what = `earlier changes, which were not durable yet, ${unknown ? "may be" : "were"} lost when a write failed`;
  return new CatalogError(
    unknown ? "OUTCOME_UNKNOWN" : "NOT_COMMITTED",
    `Cannot go on writing ${quote(path)}: ${what}`,
    { details: { path }, cause, hint: "Run the whole command again from its last durable step." },
  );
}
