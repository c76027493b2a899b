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
} from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { timed } from "./timed.ts";

/** An engine, with how long its batches take. */
export class MeasuredSql implements SqlEngine {
  readonly #sql: SqlEngine;
  readonly #context: Pick<CatalogContext, "clock" | "telemetry">;

  /** Passes all calls on. */
  constructor(sql: SqlEngine, context: Pick<CatalogContext, "clock" | "telemetry">) {
    this.#sql = sql;
    this.#context = context;
  }

  batch(statements: readonly SqlStatement[], options?: BatchOptions): Promise<readonly SqlResult[]> {
    const about = { name: "content_catalog.commit.duration", signal: options?.signal } as const;
    return timed(this.#context, () => this.#sql.batch(statements, options), about);
  }

  query(statement: SqlStatement, options?: QueryOptions): Promise<readonly SqlRow[]> {
    return this.#sql.query(statement, options);
  }

  sync(): Promise<void> {
    return this.#sql.sync();
  }

  checkpoint(): Promise<SqlCheckpoint> {
    return this.#sql.checkpoint();
  }

  check(options?: CheckOptions): AsyncIterable<SqlDamage> {
    return this.#sql.check(options);
  }

  describe(): Promise<SqlEngineInfo> {
    return this.#sql.describe();
  }

  sizes(): SqlSizes | undefined {
    return this.#sql.sizes?.();
  }

  close(): Promise<void> {
    return this.#sql.close();
  }
}
