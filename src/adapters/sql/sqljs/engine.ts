import { quote } from "../../../core/messages/quote.ts";
import { parentPath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import type {
  BatchOptions,
  QueryOptions,
  SqlEngine,
  SqlEngineInfo,
  SqlResult,
  SqlRow,
  SqlStatement,
} from "../../../ports/sql.ts";
import { isSameVersion } from "./catalog-file.ts";
import { GroupCommit } from "./group-commit.ts";
import { keepPrevious } from "./keep-previous.ts";
import { removeLeftovers, temporaryPath } from "./leftovers.ts";
import type { Replica } from "./replica/replica.ts";
import { SerialQueue } from "./serial-queue.ts";
import { notCommitted, replaceFile } from "./snapshot.ts";
import { WorkingCopy, type WorkingCopyOptions } from "./working-copy.ts";
import { WriterLock, type WriterLockOptions } from "./writer-lock.ts";

/** What {@link SqlJsEngine} is made of. */
export interface SqlJsEngineParts extends Omit<WorkingCopyOptions, "onLoad">, WriterLockOptions {
  readonly readOnly: boolean;
}

/** A batch that was applied; `durable` settles when it is. */
interface Applied {
  readonly results: readonly SqlResult[];
  readonly durable: Promise<void> | undefined;
}

/**
 * A catalog file that is worked on in memory. Batches run one after the other on the working copy, by the holder of
 * the writer lock; a snapshot that replaces the file makes them durable, one for all that wait.
 */
export class SqlJsEngine implements SqlEngine {
  readonly #parts: SqlJsEngineParts;
  readonly #queue: SerialQueue = new SerialQueue();
  readonly #lock: WriterLock;
  readonly #copy: WorkingCopy;
  readonly #commit: GroupCommit;
  #closing: Promise<void> | undefined;

  constructor(parts: SqlJsEngineParts) {
    this.#parts = parts;
    this.#lock = new WriterLock(parts);
    this.#commit = new GroupCommit({
      path: parts.path,
      gather: () => this.#queue.settled(),
      writeSnapshot: () => this.#writeSnapshot(),
      syncFile: () => this.#syncFile(),
      dropReplica: () => this.#copy.drop(),
    });
    this.#copy = new WorkingCopy({ ...parts, onLoad: () => this.#commit.recordLoaded() });
  }

  /** Reads the file, and brings its schema up to date where this engine may write. */
  async open(): Promise<void> {
    try {
      await this.#copy.catchUp();
      if (this.#copy.migratedFrom !== undefined && !this.#parts.readOnly) await this.#migrateFile();
    } catch (error) {
      await this.#release().catch(() => undefined);
      throw error;
    }
  }

  async batch(statements: readonly SqlStatement[], options: BatchOptions = {}): Promise<readonly SqlResult[]> {
    this.#requireOpen();
    options.signal?.throwIfAborted();
    const { results, durable } = await this.#queue.run(() => this.#apply(statements, options));
    await durable;
    return results;
  }

  async query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    this.#requireOpen();
    options?.signal?.throwIfAborted();
    return (this.#current() ?? (await this.#refresh())).query(statement);
  }

  async sync(): Promise<void> {
    this.#requireOpen();
    const durable = await this.#queue.run(async () => {
      if (this.#commit.settled) return undefined;
      this.#commit.throwLoss();
      await this.#takeLock();
      return hold(this.#commit.wait("sync"));
    });
    await durable?.promise;
  }

  async describe(): Promise<SqlEngineInfo> {
    this.#requireOpen();
    const replica = this.#current() ?? (await this.#refresh());
    const [[version, schemaVersion, pages, pageBytes] = []] = replica.inspect(
      `SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version),
       (SELECT page_count FROM pragma_page_count), (SELECT page_size FROM pragma_page_size)`,
    );
    return {
      name: `sql.js ${String(version)}`,
      schemaVersion: Number(schemaVersion),
      sizeBytes: Number(pages) * Number(pageBytes),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new CatalogError("CLOSED", `Cannot use ${quote(this.#parts.path)}: it was closed`, {
      details: { what: "catalog" },
    });
  }

  /** The replica, if it can be read without a look at the file: nobody else writes while the lock is ours. */
  #current(): Replica | undefined {
    return this.#lock.held ? this.#copy.replica : this.#copy.findFresh();
  }

  async #refresh(): Promise<Replica> {
    for (;;) {
      await this.#copy.catchUp();
      // A failed write may have dropped the replica between the end of the look and now.
      if (this.#copy.replica !== undefined) return this.#copy.replica;
    }
  }

  async #apply(statements: readonly SqlStatement[], options: BatchOptions): Promise<Applied> {
    const { signal, durable = true, expectedRows } = options;
    signal?.throwIfAborted();
    const known = this.#current() ?? (await this.#refresh());
    if (!statements.some(({ sql }) => known.writes(sql))) {
      return { results: known.apply(statements).results, durable: undefined };
    }
    this.#requireWritable();
    await this.#takeLock(signal);
    const replica = this.#current() ?? (await this.#refresh());
    signal?.throwIfAborted();
    this.#commit.throwLoss();
    try {
      const { results, changed } = replica.apply(statements, expectedRows);
      if (changed) this.#commit.recordApplied(durable);
      return { results, durable: durable ? hold(this.#commit.wait("batch")).promise : undefined };
    } finally {
      if (replica.broken) this.#abandon();
    }
  }

  #requireWritable(): void {
    if (!this.#parts.readOnly) return;
    const { path } = this.#parts;
    throw new CatalogError("READ_ONLY", `Cannot change ${quote(path)}: it was opened for reading only`, {
      details: { path },
      hint: "Open it for writing.",
    });
  }

  /** A file that nobody may write could be replaced all the same, as that takes the right to its folder only. */
  #requireWritableFile(): void {
    const { path } = this.#parts;
    const mode = this.#copy.version?.stat.mode ?? 0o222;
    if ((mode & 0o222) !== 0) return;
    throw new CatalogError("READ_ONLY", `Cannot change ${quote(path)}: the file is read-only`, {
      details: { path },
      hint: "Make it writable, or work on a copy.",
    });
  }

  /** A snapshot of a broken replica fails, which tells all who wait and gets rid of it. */
  #abandon(): void {
    this.#commit.requireSnapshot();
    this.#commit.wait("batch").catch(() => undefined);
  }

  async #takeLock(signal?: AbortSignal): Promise<void> {
    if (this.#lock.held) return;
    const { fs, path } = this.#parts;
    await this.#lock.acquire(signal);
    try {
      await removeLeftovers(fs, path);
      // A look that began before the lock was ours may have seen the file as it was before.
      await this.#copy.settled();
      await this.#copy.catchUp();
      this.#requireWritableFile();
    } catch (error) {
      await this.#lock.release().catch(() => undefined);
      throw error;
    }
  }

  async #writeSnapshot(): Promise<void> {
    const { fs, path, entropy, logger } = this.#parts;
    try {
      const replica = this.#copy.replica ?? (await this.#refresh());
      const bytes = replica.export();
      const version = await replaceFile({
        fs,
        path,
        temporaryPath: temporaryPath(path, entropy.nonce()),
        bytes,
        mode: (await fs.stat(path))?.mode,
        confirm: () => this.#confirmUnchanged(),
      });
      await this.#copy.adopt(version);
    } catch (error) {
      logger?.log("debug", "could not write the catalog", { path, reason: String(error) });
      throw notCommitted(error, path);
    }
  }

  /** The last look before the file is replaced. */
  async #confirmUnchanged(): Promise<void> {
    const { fs, path } = this.#parts;
    await this.#lock.confirm();
    const found = await fs.stat(path);
    const { version, migratedFrom } = this.#copy;
    if (found === undefined || version === undefined || !isSameVersion(found, version.stat)) {
      throw new CatalogError("DIVERGED", `Cannot write ${quote(path)}: another program changed it meanwhile`, {
        details: { path },
        hint: "Nothing was committed, and the other program's changes stand; run the same command again.",
      });
    }
    if (migratedFrom !== undefined) await keepPrevious(fs, path, migratedFrom);
  }

  /** Where the file cannot be made durable as it is, a new one can. */
  async #syncFile(): Promise<void> {
    try {
      await this.#copy.version?.handle.sync();
      await this.#parts.fs.syncDirectory(parentPath(this.#parts.path));
    } catch {
      await this.#writeSnapshot();
    }
  }

  async #migrateFile(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#takeLock();
      if (this.#copy.migratedFrom !== undefined) this.#commit.requireSnapshot();
    });
    await this.#commit.wait("sync");
    await this.#lock.release();
  }

  async #shutDown(): Promise<void> {
    try {
      await this.#queue.settled();
      if (!this.#commit.settled) {
        this.#commit.throwLoss();
        await this.#takeLock();
        await this.#commit.wait("sync");
      }
    } catch (error) {
      await this.#release().catch(() => undefined);
      throw error;
    }
    await this.#release();
  }

  async #release(): Promise<void> {
    try {
      await this.#lock.release();
    } finally {
      await this.#copy.close();
    }
  }
}

/** A promise that a caller gets only later: its failure is not unheard meanwhile. Wrapped, so that nobody awaits it. */
function hold(promise: Promise<void>): { readonly promise: Promise<void> } {
  promise.catch(() => undefined);
  return { promise };
}
