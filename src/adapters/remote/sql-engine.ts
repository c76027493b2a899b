import type {
  SqlCheckpoint,
  SqlDamage,
  SqlEngine,
  SqlEngineInfo,
  SqlResult,
  SqlRow,
  SqlStatement,
} from "../../ports/sql.ts";
import type { RemoteCaller, ServedCall } from "./channel.ts";

/** What of the options of a batch travels beside its signal. */
export interface WireBatchOptions {
  /** As the port. */
  readonly durable: boolean | undefined;
  /** As the port. */
  readonly expectedRows: number | undefined;
  /** As the port. */
  readonly makesRoom: boolean | undefined;
}

/** What of the options of a query travels beside its signal. */
export interface WireQueryOptions {
  /** As the port. */
  readonly fresh: boolean | undefined;
  /** As the port. */
  readonly byKey: boolean | undefined;
}

/** The methods of an SQL engine, as they travel. */
export interface SqlEngineService {
  /** As the port: all of the statements or none. The signal comes with the call. */
  batch(
    values: readonly [statements: readonly SqlStatement[], options: WireBatchOptions],
    call: ServedCall,
  ): Promise<readonly SqlResult[]>;
  /** As the port: the rows of one statement that only reads. */
  query(
    values: readonly [statement: SqlStatement, options: WireQueryOptions],
    call: ServedCall,
  ): Promise<readonly SqlRow[]>;
  /** As the port: resolves when all commits so far are durable. */
  sync(): Promise<void>;
  /** As the port: brings the log into the file. */
  checkpoint(): Promise<SqlCheckpoint>;
  /** As the port, but for all of it at once. The signal comes with the call. */
  check(values: readonly [], call: ServedCall): Promise<readonly SqlDamage[]>;
  /** As the port: what engine it is, and how the catalog stands. */
  describe(): Promise<SqlEngineInfo>;
  /** As the port: the side that serves can forget the engine afterwards. */
  close(): Promise<void>;
}

/** An SQL engine for {@link connectSqlEngine} on the other side. */
export function serveSqlEngine(engine: SqlEngine): SqlEngineService {
  return {
    batch: ([statements, options], { signal }) => engine.batch(statements, { ...options, signal }),
    query: ([statement, options], { signal }) => engine.query(statement, { ...options, signal }),
    sync: () => engine.sync(),
    checkpoint: () => engine.checkpoint(),
    check: async (_, { signal }) => {
      const found: SqlDamage[] = [];
      for await (const damage of engine.check({ signal })) found.push(damage);
      return found;
    },
    describe: () => engine.describe(),
    close: () => engine.close(),
  };
}

/** The SQL engine that is served at the other end. */
export function connectSqlEngine(caller: RemoteCaller, target: number): SqlEngine {
  const remote = caller.object<SqlEngineService>(target);
  return {
    batch: (statements, { signal, durable, expectedRows, makesRoom } = {}) =>
      remote.call("batch", [statements.map(ownValues), { durable, expectedRows, makesRoom }], { signal }),
    query: (statement, { signal, fresh, byKey } = {}) =>
      remote.call("query", [ownValues(statement), { fresh, byKey }], { signal }),
    sync: () => remote.call("sync", []),
    checkpoint: () => remote.call("checkpoint", []),
    check: async function* ({ signal } = {}) {
      yield* await remote.call("check", [], { signal });
    },
    describe: () => remote.call("describe", []),
    close: () => remote.call("close", []),
  };
}

/** A statement whose bytes are only those that count: a clone of a view takes all of the memory behind it along. */
function ownValues({ sql, parameters }: SqlStatement): SqlStatement {
  if (parameters === undefined) return { sql };
  return { sql, parameters: parameters.map((value) => (value instanceof Uint8Array ? value.slice() : value)) };
}
