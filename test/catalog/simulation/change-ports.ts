import type { SqlEngine, SqlStatement } from "../../../src/ports/sql.ts";
import type { ProcessPorts } from "./world.ts";

export type Query = SqlEngine["query"];

/** The same ports, with other reads of all catalogs. */
export function changeQueries(ports: ProcessPorts, change: (query: Query, isOther: boolean) => Query): ProcessPorts {
  const changed = (sql: SqlEngine, isOther: boolean): SqlEngine => ({ ...sql, query: change(sql.query, isOther) });
  return {
    ...ports,
    sql: changed(ports.sql, false),
    openOther: async (path) => changed(await ports.openOther(path), true),
  };
}

/** The same ports, with a store some of whose methods do something else. */
export function changeStore(ports: ProcessPorts, change: Partial<ProcessPorts["store"]>): ProcessPorts {
  const store = new Proxy(ports.store, {
    get: (target, name) => {
      if (Object.hasOwn(change, name)) return Reflect.get(change, name);
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
  return { ...ports, store };
}

/** The same ports, with other batches of the own catalog. */
export function changeBatches(
  ports: ProcessPorts,
  change: (statements: readonly SqlStatement[]) => readonly SqlStatement[],
): ProcessPorts {
  const { sql } = ports;
  return { ...ports, sql: { ...sql, batch: (statements, options) => sql.batch(change(statements), options) } };
}
