import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { SqlEngine, SqlRow } from "../../../src/ports/sql.ts";
import type { IngestWorld } from "../ingest/_ingest-world.ts";

/** The engine of a world. */
export function engineOf({ context }: IngestWorld): SqlEngine {
  if (context.sql === undefined) throw new TypeError("this world has no catalog");
  return context.sql;
}

/** The places that have a lease. */
export async function leased(sql: SqlEngine): Promise<readonly unknown[]> {
  return (await sql.query({ sql: "SELECT uri FROM leases ORDER BY uri" })).map(([uri]) => uri);
}

/** What was recorded about places whose lease ended without a row. */
export function abandoned(sql: SqlEngine): Promise<readonly SqlRow[]> {
  return sql.query({
    sql: "SELECT uri, origin, sha256, bytes, identity FROM removals WHERE verb = 'abandon' ORDER BY id",
  });
}

/** Counts the batches from now on. */
export function countBatches(sql: SqlEngine): { count: number } {
  const seen = { count: 0 };
  const batch = sql.batch.bind(sql);
  Object.assign(sql, {
    batch: (...given: Parameters<typeof batch>) => {
      seen.count += 1;
      return batch(...given);
    },
  });
  return seen;
}

/** Ends all leases, as their catalog does when their time is over. */
export async function endLeases(sql: SqlEngine): Promise<void> {
  await sql.batch([{ sql: "DELETE FROM leases" }]);
}

/** A world whose store calls `before` with the name of each method and its first key. */
export function watchStore(world: IngestWorld, before: (method: string, key: string) => Promise<void>): IngestWorld {
  const { store } = world.context;
  const watched = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: readonly unknown[]): unknown => {
        const key = given.find((each) => typeof each === "string");
        const call = (): unknown => Reflect.apply(value, target, given);
        const isAwaited = ["stat", "place", "share", "replace", "syncName", "requireReadable"].includes(String(name));
        return isAwaited ? before(String(name), String(key)).then(call) : call();
      };
    },
  });
  Object.assign(world.context, { store: watched satisfies BlobStore });
  return world;
}

/** A collector that follows the rules: it takes a blob away, and gives it back if a row or a lease names it by then. */
export async function collect(world: IngestWorld, uri: string): Promise<"taken" | "kept"> {
  const { fs } = world.context;
  const path = new URL(uri).pathname;
  const aside = `/aside/${path.replaceAll("/", "-")}`;
  if ((await fs.stat(path)) === undefined) return "taken";
  if ((await fs.stat("/aside")) === undefined) await fs.makeDirectory("/aside");
  await fs.rename(path, aside);
  const named = await engineOf(world).query({
    sql: `SELECT 1 WHERE EXISTS (SELECT 1 FROM leases WHERE uri = ?) OR EXISTS (SELECT 1 FROM documents WHERE storage_uri = ?)
      OR EXISTS (SELECT 1 FROM variants WHERE storage_uri = ?)`,
    parameters: [uri, uri, uri],
  });
  if (named.length === 0) return "taken";
  await fs.rename(aside, path);
  return "kept";
}

/** The text of the blob of each row, or `undefined` where it is gone. */
export async function blobsOf(world: IngestWorld): Promise<readonly (string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (const { storageUri } of await world.rows()) {
    const path = new URL(storageUri).pathname;
    const isThere = (await world.context.fs.stat(path)) !== undefined;
    texts.push(isThere ? new TextDecoder().decode(await world.context.fs.readFile(path)) : undefined);
  }
  return texts;
}
