import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError, isCatalogError } from "../../../../errors.ts";
import type { Migration, QueryOptions, SqlRow, SqlStatement } from "../../../../ports/sql.ts";
import { decodeBatch, decodeMigration } from "../log/batch-payload.ts";
import type { AppliedBatch, CatalogReplica, LogPosition, ReplicaFactory } from "../protocol/catalog-replica.ts";
import { readSchemaVersion } from "./file-header.ts";
import { Replica } from "./replica.ts";
import { createSchema, latestVersion, migrate, migrationScript, refuseForeignObjects } from "./schema.ts";
import { listTables, requireSchema } from "./schema-shape.ts";
import { tooLargeError } from "./sql-error.ts";
import { StatementCost } from "./statement-cost.ts";
import type { SqlJsModule } from "./vendor.ts";

/** What {@link createSqlJsReplicas} works with. */
export interface SqlJsReplicaOptions {
  /** The initialised module. */
  readonly sqljs: SqlJsModule | Promise<SqlJsModule>;
  /** For messages. */
  readonly path: string;
  /** Tells the files of this program from other SQLite databases (`PRAGMA application_id`). */
  readonly applicationId: number;
  /** Every step of the schema, in order. */
  readonly migrations: readonly Migration[];
  /** Whether who only reads sees an older schema as it is. @default false */
  readonly keepOlderSchema?: boolean | undefined;
}

/** The table in which a snapshot says what it is. */
const META = "CREATE TABLE IF NOT EXISTS meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)";
const SET_META = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const GET_META = "SELECT key, value FROM meta WHERE key IN ('log_catalog', 'log_sequence', 'log_chain')";
const HAS_META = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'";
/** The columns of the unique index that has a name, as EXPLAIN QUERY PLAN shows them. */
const uniqueKey = (name: string): string => `SELECT (SELECT group_concat(name || '=?', ' AND ') FROM
    (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
  FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS i
  WHERE s.type = 'index' AND s.rootpage > 0 AND s.name = '${name.replaceAll("'", "''")}'
    AND i.name = s.name AND i."unique" = 1 AND i.partial = 0`;

/** Makes replicas that are sql.js databases. */
export function createSqlJsReplicas(options: SqlJsReplicaOptions): ReplicaFactory {
  return {
    load: (bytes) => loadReplica(options, bytes),
    create: async (position) => {
      const sqljs = await options.sqljs;
      return makeFile(sqljs, { ...options, bytes: emptyFile(sqljs, options).slice() }, (replica) =>
        writePosition(replica, position),
      );
    },
  };
}

/** Files without a row that were made in this process: migrations are constants, and to run them takes most of the time. */
const emptyFiles = new WeakMap<readonly Migration[], Map<number, Uint8Array>>();

function emptyFile(sqljs: SqlJsModule, options: SqlJsReplicaOptions): Uint8Array {
  const { applicationId, migrations } = options;
  const files = emptyFiles.get(migrations) ?? new Map<number, Uint8Array>();
  emptyFiles.set(migrations, files);
  const file = files.get(applicationId) ?? makeFile(sqljs, options, (replica) => createSchema(replica, options));
  files.set(applicationId, file);
  return file;
}

/** The file of a database after a change. */
function makeFile(
  sqljs: SqlJsModule,
  options: { readonly path: string; readonly bytes?: Uint8Array },
  change: (replica: Replica) => void,
): Uint8Array {
  const replica = new Replica(sqljs, options);
  try {
    change(replica);
    return replica.export();
  } finally {
    replica.close();
  }
}

async function loadReplica(options: SqlJsReplicaOptions, bytes: Uint8Array): Promise<CatalogReplica> {
  const { path, applicationId, migrations } = options;
  const schemaVersion = readSchemaVersion(bytes, { path, applicationId, schemaVersion: latestVersion(migrations) });
  const sqljs = await options.sqljs;
  const replica = openReplica(sqljs, path, bytes);
  try {
    refuseForeignObjects(replica, path);
    requireSchema(replica, { sqljs, migrations, version: schemaVersion }, path);
    const tables = listTables({ sqljs, migrations, version: latestVersion(migrations) });
    return new SqlJsReplica(replica, { options, schemaVersion, origin: readPosition(replica), tables });
  } catch (error) {
    replica.close();
    throw error;
  }
}

function openReplica(sqljs: SqlJsModule, path: string, bytes: Uint8Array): Replica {
  try {
    return new Replica(sqljs, { path, bytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLargeError(path, error);
    throw error;
  }
}

function readPosition(replica: Replica): LogPosition | undefined {
  if (replica.inspect(HAS_META).length === 0) return undefined;
  const values = new Map(replica.inspect(GET_META).map(([key, value]) => [String(key), String(value)]));
  const [catalogId, sequence, chain] = ["log_catalog", "log_sequence", "log_chain"].map((key) => values.get(key) ?? "");
  if (!/^[0-9a-f]{32}$/.test(catalogId ?? "") || !/^[0-9a-f]{64}$/.test(chain ?? "")) return undefined;
  // What is no exact integer would never be one more than the one before.
  if (!/^\d{1,15}$/.test(sequence ?? "")) return undefined;
  return { catalogId: catalogId ?? "", sequence: Number(sequence), chain: chain ?? "" };
}

function writePosition(replica: Replica, { catalogId, sequence, chain }: LogPosition): void {
  if (replica.inspect(HAS_META).length === 0) replica.runScript(META);
  const rows = [
    ["log_catalog", catalogId],
    ["log_sequence", String(sequence)],
    ["log_chain", chain],
  ] as const;
  replica.apply(rows.map((parameters) => ({ sql: SET_META, parameters })));
}

interface SqlJsReplicaState {
  readonly options: SqlJsReplicaOptions;
  readonly schemaVersion: number;
  readonly origin: LogPosition | undefined;
  readonly tables: readonly string[];
}

/** A sql.js database that takes part in the protocol. */
class SqlJsReplica implements CatalogReplica {
  readonly origin: LogPosition | undefined;
  readonly #replica: Replica;
  readonly #options: SqlJsReplicaOptions;
  readonly #cost: StatementCost;
  #schemaVersion: number;

  constructor(replica: Replica, { options, schemaVersion, origin, tables }: SqlJsReplicaState) {
    this.#replica = replica;
    this.#options = options;
    this.#schemaVersion = schemaVersion;
    this.origin = origin;
    this.#cost = new StatementCost({
      tables,
      explain: (sql) => replica.explain(sql),
      findKey: (name) => replica.inspect(uniqueKey(name))[0]?.[0],
    });
  }

  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  get broken(): boolean {
    return this.#replica.broken;
  }

  source(): Uint8Array {
    return this.#replica.source();
  }

  run(statements: readonly SqlStatement[], expectedRows?: number): AppliedBatch {
    this.#admit(statements);
    return this.#replica.apply(statements, expectedRows);
  }

  replay(payload: Uint8Array): void {
    const batch = this.#decode(() => decodeBatch(payload));
    this.#refuseNewer(batch.schemaVersion);
    this.#replaying(() => {
      this.#admit(batch.statements);
      this.#replica.apply(batch.statements);
    });
  }

  replayMigration(payload: Uint8Array): void {
    const { from, to, script } = this.#decode(() => decodeMigration(payload));
    this.#refuseNewer(to);
    if (from !== this.#schemaVersion || to <= from) throw this.#corrupt(new Error(`it leads from ${from} to ${to}`));
    // What a script may cost nobody can tell, so it has to be the one that everybody has.
    if (script !== migrationScript(from, this.#options.migrations.slice(0, to))) {
      throw this.#corrupt(new Error(`its script is not the one that leads from ${from} to ${to}`));
    }
    this.#replaying(() => this.#replica.runScript(script));
    this.#schemaVersion = to;
  }

  migrateInMemory(): boolean {
    const { migrations, keepOlderSchema } = this.#options;
    if (keepOlderSchema === true || this.#schemaVersion >= latestVersion(migrations)) return false;
    migrate(this.#replica, this.#schemaVersion, migrations);
    this.#schemaVersion = latestVersion(migrations);
    return true;
  }

  query(statement: SqlStatement, options?: Pick<QueryOptions, "byKey">): readonly SqlRow[] {
    return this.#replica.query(statement, options);
  }

  writes(sql: string): boolean {
    return this.#replica.writes(sql);
  }

  inspect(sql: string): readonly SqlRow[] {
    return this.#replica.inspect(sql);
  }

  export(position: LogPosition): Uint8Array {
    writePosition(this.#replica, position);
    return this.#replica.export();
  }

  close(): void {
    this.#replica.close();
  }

  #admit(statements: readonly SqlStatement[]): void {
    for (const { sql } of statements) this.#cost.check(sql);
  }

  #decode<Result>(decode: () => Result): Result {
    try {
      return decode();
    } catch (error) {
      throw this.#corrupt(error);
    }
  }

  /** What ran once runs again, unless somebody tampered with file or log. */
  #replaying(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      throw isCatalogError(error, "CORRUPT") || isCatalogError(error, "UNSUPPORTED") ? error : this.#corrupt(error);
    }
  }

  #corrupt(cause: unknown): CatalogError<"CORRUPT"> {
    const { path } = this.#options;
    const reason = "a batch in its log cannot be run on it";
    return new CatalogError("CORRUPT", `Cannot read ${quote(path)}: ${reason}; ${String(cause)}`, {
      details: { path, reason },
      cause,
      hint: "Keep file and log, and restore the last backup.",
    });
  }

  #refuseNewer(found: number): void {
    const { path, migrations } = this.#options;
    const supported = latestVersion(migrations);
    if (found <= supported) return;
    const what = `another process changed its schema to version ${found}, and this program knows versions up to ${supported}`;
    throw new CatalogError("SCHEMA_TOO_NEW", `Cannot go on with ${quote(path)}: ${what}`, {
      details: { path, found, supported },
      hint: "Update content-catalog.",
    });
  }
}
