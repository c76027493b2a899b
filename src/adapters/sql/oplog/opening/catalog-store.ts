import type {
  BatchOptions,
  CheckOptions,
  SqlCheckpoint,
  SqlDamage,
  SqlResult,
  SqlSizes,
  SqlStatement,
} from "../../../../ports/sql.ts";
import { checkForeignKeys, checkIntegrity } from "../check/check-database.ts";
import { checkLog } from "../check/check-log.ts";
import { findLeftFiles } from "../check/find-left-files.ts";
import { CurrentReplica, type ReadOptions } from "../commit/current-replica.ts";
import { readOnlyError } from "../commit/failures.ts";
import { named } from "../commit/guards.ts";
import { LogWriter } from "../commit/log-writer.ts";
import type { MigrationPlan } from "../commit/migration-plan.ts";
import type { OpenOptions } from "../commit/open-options.ts";
import { SerialQueue } from "../lock/serial-queue.ts";
import type { Lock } from "../lock/writer-lock.ts";
import { createSnapshot } from "../protocol/create-files.ts";
import { missingSnapshot } from "../protocol/damage.ts";
import type { Loaded, StoreParts } from "../protocol/store.ts";
import { findRegularFile } from "../regular-file.ts";
import type { Openings } from "./openings.ts";

/** What a {@link CatalogStore} is made of. */
export interface CatalogStoreOptions {
  /** The files, and what reads and writes them. */
  readonly parts: StoreParts;
  /** Who has it open in this process. */
  readonly openings: Openings;
  /** The lock among processes. */
  readonly lock: Lock;
  /** A log of that many bytes, and of half the snapshot, gets a checkpoint. */
  readonly checkpointBytes: number;
}

/** What an opening expects to find. */
export interface JoinOptions {
  /** Make the catalog if it is not there. */
  readonly create: boolean;
  /** How an older schema is brought up to date by one who writes. */
  readonly plan?: MigrationPlan | undefined;
}

/**
 * A catalog that processes share, and all who have it open in this one. Files are written as long as there is one among
 * them who may: he comes and goes while the others read on.
 */
export class CatalogStore {
  readonly #parts: StoreParts;
  readonly #lock: Lock;
  readonly #openings: Openings;
  readonly #current: CurrentReplica;
  readonly #writer: LogWriter;
  /** Who comes and who goes, one after the other. */
  readonly #changes: SerialQueue = new SerialQueue();

  /** Touches no file before the first {@link join}. */
  constructor({ parts, openings, lock, checkpointBytes }: CatalogStoreOptions) {
    this.#parts = parts;
    this.#lock = lock;
    this.#openings = openings;
    this.#current = new CurrentReplica({ parts, lock });
    this.#writer = new LogWriter({ parts, lock, checkpointBytes, current: this.#current });
  }

  /** One more has it open; {@link leave} is due, also when this fails. */
  join(openOptions: OpenOptions, options: JoinOptions): Promise<void> {
    return this.#changes.run(async () => {
      const first = this.#openings.writers === 0;
      this.#openings.add(openOptions);
      if (first && !openOptions.readOnly) return this.#openForWriting(openOptions, options);
      if (options.create) await this.#create(openOptions);
      if (this.#current.loaded === undefined) await this.#look();
      else await this.read(() => undefined, openOptions);
    });
  }

  /** Somebody does not use it any more; the last one closes all that is loaded. */
  leave(openOptions: OpenOptions): Promise<void> {
    return this.#changes.run(async () => {
      try {
        if (this.#openings.has(openOptions) && !openOptions.readOnly) {
          if (this.#openings.writers === 1) await this.#writer.end();
          else await this.#writer.sync();
        }
      } finally {
        this.#openings.delete(openOptions);
        if (this.#openings.size === 0) await this.#current.close();
      }
    });
  }

  /** Asks the database, when it holds only what is committed, and all of that which is not too new. */
  read<Result>(ask: (loaded: Loaded) => Result, options: ReadOptions): Promise<Result> {
    return this.#current.read(ask, options);
  }

  /** Runs statements as one batch; in an opening that only reads they may not write. */
  batch(
    statements: readonly SqlStatement[],
    options: BatchOptions & { readonly openOptions: OpenOptions },
  ): Promise<readonly SqlResult[]> {
    if (!options.openOptions.readOnly) return this.#writer.batch(statements, options);
    return this.read(({ replica }) => {
      if (statements.some(({ sql }) => replica.writes(sql))) throw readOnlyError(this.#parts.files.snapshot);
      return statements.map((statement) => ({ rows: replica.query(statement), changes: 0 }));
    }, options.openOptions);
  }

  /** Resolves when everything that was acknowledged before is durable; for one who only reads, all that was seen. */
  sync({ readOnly }: OpenOptions): Promise<void> {
    return readOnly ? this.#current.sync() : this.#writer.sync();
  }

  /** Writes the log into the snapshot, also on a full disk if the reserve is enough. */
  async checkpoint(openOptions: OpenOptions, { removeLog }: { readonly removeLog: boolean }): Promise<SqlCheckpoint> {
    if (openOptions.readOnly) throw readOnlyError(this.#parts.files.snapshot);
    return this.#writer.checkpoint(openOptions, removeLog);
  }

  /** The sizes of the files as of what is loaded. */
  sizes(): SqlSizes | undefined {
    const { loaded } = this.#current;
    return loaded && { of: this, logBytes: loaded.log?.position ?? 0, fileBytes: loaded.snapshot.stat.sizeBytes };
  }

  /** Tells what is wrong with the files, one step after the other; see `SqlEngine.check`. */
  async *check(openOptions: OpenOptions, { signal }: CheckOptions): AsyncGenerator<SqlDamage, void, undefined> {
    const options = { ...openOptions, signal };
    for (const step of [checkIntegrity, checkForeignKeys]) yield* await this.read(step, options);
    signal?.throwIfAborted();
    yield* await this.#current.exclusive(async () => checkLog(this.#parts, this.#current.loaded));
    signal?.throwIfAborted();
    // While nothing of this process writes, what is there belongs to others, or to nobody.
    yield* await this.#current.exclusive(() => findLeftFiles(this.#parts, this.#lock));
  }

  /** The first who may write: what was loaded for reading only is not enough, and an older schema is not either. */
  async #openForWriting(openOptions: OpenOptions, { create, plan }: JoinOptions): Promise<void> {
    await this.#current.startingToWrite.run(async () => {
      try {
        if (create) await this.#create(openOptions);
        await this.#current.forget(({ log, migratedInMemory }) => log !== undefined || migratedInMemory);
        const found = await this.#look();
        if (plan === undefined) return;
        if (plan.from(found.replica.schemaVersion) !== undefined) await this.#writer.migrate(openOptions, plan);
        this.#current.requireSchema(plan.to);
      } catch (error) {
        await this.#writer.end().catch(() => undefined);
        // The others read on as before.
        this.#openings.delete(openOptions);
        await this.#current.forget(() => true);
        throw error;
      }
    });
  }

  #look(): Promise<Loaded> {
    return named({ verb: "open", path: this.#parts.files.snapshot }, () => this.#current.look());
  }

  async #create({ busyTimeoutMs }: OpenOptions): Promise<void> {
    const { fs, files } = this.#parts;
    await named({ verb: "create", path: files.snapshot }, async () => {
      if ((await fs.stat(files.snapshot)) !== undefined) return;
      // Looked for first: the other way round both could be created by somebody in between.
      const log = await findRegularFile(fs, files.log);
      if (log !== undefined && (await fs.stat(files.snapshot)) === undefined) throw missingSnapshot(files);
      if (await createSnapshot(this.#parts, { underLock: false })) return;
      // Only where files cannot be linked the lock has to keep two creators apart.
      await this.#writer.underLock(busyTimeoutMs, () => createSnapshot(this.#parts, { underLock: true }));
      await this.#writer.release();
    });
  }
}
