import type {
  BatchOptions,
  QueryOptions,
  SqlCheckpoint,
  SqlEngine,
  SqlEngineInfo,
  SqlResult,
  SqlRow,
  SqlStatement,
} from "../../../ports/sql.ts";
import type { CatalogStore } from "./commit/catalog-store.ts";
import { closedError } from "./commit/failures.ts";

/** A store and those who use it. */
export interface SharedStore {
  readonly store: CatalogStore;
  readonly path: string;
  /** Lets go of it; the last one closes it. */
  release(): Promise<void>;
}

/** One opening of a catalog. Several in a process share what is loaded. */
export class StoreEngine implements SqlEngine {
  readonly #shared: SharedStore;
  #closing: Promise<void> | undefined;

  constructor(shared: SharedStore) {
    this.#shared = shared;
  }

  async batch(statements: readonly SqlStatement[], options?: BatchOptions): Promise<readonly SqlResult[]> {
    return this.#opened().batch(statements.map(wellFormed), options);
  }

  async query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    return this.#opened().query(wellFormed(statement), options);
  }

  async sync(): Promise<void> {
    await this.#opened().sync();
  }

  async checkpoint(): Promise<SqlCheckpoint> {
    return this.#opened().checkpoint({ removeLog: true });
  }

  async describe(): Promise<SqlEngineInfo> {
    const [[version, schemaVersion, pages, pageBytes] = []] = await this.#opened().read(({ replica }) =>
      replica.inspect(
        `SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version),
         (SELECT page_count FROM pragma_page_count), (SELECT page_size FROM pragma_page_size)`,
      ),
    );
    return {
      name: `sql.js ${String(version)}`,
      schemaVersion: Number(schemaVersion),
      sizeBytes: Number(pages) * Number(pageBytes),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shared.release();
    return this.#closing;
  }

  #opened(): CatalogStore {
    if (this.#closing !== undefined) throw closedError(this.#shared.path);
    return this.#shared.store;
  }
}

/** Half of a character has no UTF-8; it would come back from the log as another text than it went into the database. */
function wellFormed(statement: SqlStatement): SqlStatement {
  const { sql, parameters } = statement;
  if (parameters?.some((value) => typeof value === "string" && /\p{Cs}/u.test(value)) !== true) return statement;
  return {
    sql,
    parameters: parameters.map((value) => (typeof value === "string" ? value.replace(/\p{Cs}/gu, "\ufffd") : value)),
  };
}
