import type { SqlCheckpoint, SqlEngine, SqlEngineInfo, SqlResult, SqlRow, SqlStatement } from "../../ports/sql.ts";
import type { RemoteCaller, ServedCall } from "./channel.ts";

/** What of the options of a batch travels beside its signal. */
interface WireBatchOptions {
  readonly durable: boolean | undefined;
  readonly expectedRows: number | undefined;
}

/** The methods of an SQL engine, as they travel. */
export interface SqlEngineService {
  batch(
    values: readonly [statements: readonly SqlStatement[], options: WireBatchOptions],
    call: ServedCall,
  ): Promise<readonly SqlResult[]>;
  query(values: readonly [statement: SqlStatement], call: ServedCall): Promise<readonly SqlRow[]>;
  sync(): Promise<void>;
  checkpoint(): Promise<SqlCheckpoint>;
  describe(): Promise<SqlEngineInfo>;
  close(): Promise<void>;
}

/** An SQL engine for {@link connectSqlEngine} on the other side. */
export function serveSqlEngine(engine: SqlEngine): SqlEngineService {
  return {
    batch: ([statements, options], { signal }) => engine.batch(statements, { ...options, signal }),
    query: ([statement], { signal }) => engine.query(statement, { signal }),
    sync: () => engine.sync(),
    checkpoint: () => engine.checkpoint(),
    describe: () => engine.describe(),
    close: () => engine.close(),
  };
}

/** The SQL engine that is served at the other end. */
export function connectSqlEngine(caller: RemoteCaller, target: number): SqlEngine {
  const remote = caller.object<SqlEngineService>(target);
  return {
    batch: (statements, { signal, durable, expectedRows } = {}) =>
      remote.call("batch", [statements.map(ownValues), { durable, expectedRows }], { signal }),
    query: (statement, { signal } = {}) => remote.call("query", [ownValues(statement)], { signal }),
    sync: () => remote.call("sync", []),
    checkpoint: () => remote.call("checkpoint", []),
    describe: () => remote.call("describe", []),
    close: () => remote.call("close", []),
  };
}

/** A statement whose bytes are only those that count: a clone of a view takes all of the memory behind it along. */
function ownValues({ sql, parameters }: SqlStatement): SqlStatement {
  if (parameters === undefined) return { sql };
  return { sql, parameters: parameters.map((value) => (value instanceof Uint8Array ? value.slice() : value)) };
}
