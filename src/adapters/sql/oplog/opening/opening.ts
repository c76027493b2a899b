import type {
  BatchOptions,
  CheckOptions,
  QueryOptions,
  SqlCheckpoint,
  SqlDamage,
  SqlResult,
  SqlRow,
  SqlSizes,
  SqlStatement,
} from "../../../../ports/sql.ts";
import { closedError } from "../commit/failures.ts";
import type { OpenOptions } from "../commit/open-options.ts";
import type { Loaded } from "../protocol/store.ts";
import type { CatalogStore } from "./catalog-store.ts";

/** A store and how somebody uses it. */
export interface OpeningOptions {
  /** Shared with all other openings of the catalog in this process. */
  readonly store: CatalogStore;
  /** How this opening uses it. */
  readonly openOptions: OpenOptions;
  /** The catalog file, for messages. */
  readonly path: string;
  /** Leaves the store. */
  readonly leave: () => Promise<void>;
}

/** One opening of a catalog, with options of its own; all of a process share one {@link CatalogStore}. */
export class Opening {
  readonly #options: OpeningOptions;
  readonly #openOptions: OpenOptions;
  readonly #unfinished: Set<Promise<unknown>> = new Set();
  #closing: Promise<void> | undefined;

  /** Uses a store that was joined with the same options. */
  constructor(options: OpeningOptions) {
    this.#options = options;
    this.#openOptions = options.openOptions;
  }

  /** Asks the database, when it holds only what is committed, and all of that which is not too new. */
  read<Result>(ask: (loaded: Loaded) => Result, options: QueryOptions = {}): Promise<Result> {
    const { store, path } = this.#options;
    if (this.#closing !== undefined) return Promise.reject(closedError(path));
    const { refreshIntervalMs } = this.#openOptions;
    return store.read(ask, { ...options, refreshIntervalMs });
  }

  /** Runs one SELECT over what is committed; see `SqlEngine.query`. */
  query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    return this.read(({ replica }) => replica.query(statement, options), options);
  }

  /** Runs statements, all or none; see `SqlEngine.batch`. */
  async batch(statements: readonly SqlStatement[], options: BatchOptions = {}): Promise<readonly SqlResult[]> {
    const store = this.#opened();
    options.signal?.throwIfAborted();
    return this.#finishing(store.batch(statements, { ...options, openOptions: this.#openOptions }));
  }

  /** Resolves when everything that was acknowledged before is durable. */
  async sync(): Promise<void> {
    await this.#finishing(this.#opened().sync(this.#openOptions));
  }

  /** Writes the log into the snapshot, also on a full disk if the reserve is enough. */
  async checkpoint(options: { readonly removeLog: boolean }): Promise<SqlCheckpoint> {
    return this.#finishing(this.#opened().checkpoint(this.#openOptions, options));
  }

  /** Tells what is wrong with the files; see `SqlEngine.check`. */
  async *check(options: CheckOptions = {}): AsyncGenerator<SqlDamage, void, undefined> {
    yield* this.#opened().check(this.#openOptions, options);
  }

  /** The sizes of the files, without a look; see `SqlEngine.sizes`. */
  sizes(): SqlSizes | undefined {
    return this.#closing === undefined ? this.#options.store.sizes() : undefined;
  }

  /** Leaves the store, after all calls from before have come to their end. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#unfinished).then(() => this.#options.leave());
    return this.#closing;
  }

  #opened(): CatalogStore {
    if (this.#closing !== undefined) throw closedError(this.#options.path);
    return this.#options.store;
  }

  #finishing<Result>(work: Promise<Result>): Promise<Result> {
    this.#unfinished.add(work);
    const end = (): void => {
      this.#unfinished.delete(work);
    };
    work.then(end, end);
    return work;
  }
}
