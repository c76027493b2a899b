import type {
  BatchOptions,
  CheckOptions,
  QueryOptions,
  SqlCheckpoint,
  SqlDamage,
  SqlEngine,
  SqlEngineInfo,
  SqlResult,
  SqlRow,
  SqlSizes,
  SqlStatement,
} from "../../../ports/sql.ts";
import type { Opening } from "./opening/opening.ts";

const DESCRIPTION = `SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version),
  (SELECT page_count FROM pragma_page_count), (SELECT page_size FROM pragma_page_size)`;

/** What an opening of a catalog is to those who use it. */
export class StoreEngine implements SqlEngine {
  readonly #opening: Opening;

  /** Passes calls on to an opening, and closes it. */
  constructor(opening: Opening) {
    this.#opening = opening;
  }

  async batch(statements: readonly SqlStatement[], options?: BatchOptions): Promise<readonly SqlResult[]> {
    return this.#opening.batch(statements.map(wellFormed), options);
  }

  async query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    return this.#opening.query(wellFormed(statement), options);
  }

  sync(): Promise<void> {
    return this.#opening.sync();
  }

  checkpoint(): Promise<SqlCheckpoint> {
    return this.#opening.checkpoint({ removeLog: true });
  }

  check(options?: CheckOptions): AsyncIterable<SqlDamage> {
    return this.#opening.check(options);
  }

  async describe(): Promise<SqlEngineInfo> {
    const [sequence, [version, schemaVersion, pages, pageBytes] = []] = await this.#opening.read(
      ({ replica, sequence: upTo }) => [upTo, replica.inspect(DESCRIPTION)[0]] as const,
    );
    return {
      name: `sql.js ${String(version)}`,
      schemaVersion: Number(schemaVersion),
      sequence,
      sizeBytes: Number(pages) * Number(pageBytes),
    };
  }

  sizes(): SqlSizes | undefined {
    return this.#opening.sizes();
  }

  close(): Promise<void> {
    return this.#opening.close();
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
