import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Migration, SqlRow } from "../../../../ports/sql.ts";
import { Replica } from "./replica.ts";
import { migrate } from "./schema.ts";
import type { SqlJsModule } from "./vendor.ts";

/** A part of a schema that statements rely on. */
interface SchemaPart {
  /** What and where it is, for people; two schemas have the same part when this is the same. */
  readonly what: string;
  /** The statement that makes an index; empty for all else. */
  readonly sql: string;
}

/** What a schema consists of. */
interface SchemaShape {
  /** Tables in the order in which they were made. */
  readonly tables: readonly string[];
  /** Tables, their columns, indexes and references. */
  readonly parts: readonly SchemaPart[];
}

/** Tables that are stored; to ask for the columns of a virtual one would run its code. */
const TABLES = "sqlite_schema AS t WHERE t.type = 'table' AND t.rootpage > 0";

const COLUMNS = (more: string): string =>
  `FROM (SELECT t.name AS owner, t.rowid AS place FROM ${TABLES}) AS t, ${more}`;

const INDEX_SQL = "(SELECT s.sql FROM sqlite_schema AS s WHERE s.name = i.name)";

/** The columns of an index, and for a partial one the text of its condition. */
const INDEXED = `(SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
  || CASE WHEN i.partial = 0 THEN '' ELSE substr(${INDEX_SQL}, instr(upper(${INDEX_SQL}), ' WHERE ')) END`;

/** Rows of kind, owner and what a part says beside that. A unique index is also one that makes reading faster. */
const SHAPE = `
  SELECT 'table' AS kind, owner, '' AS name, '' AS sql, place, 0 AS at FROM (SELECT t.name AS owner, t.rowid AS place FROM ${TABLES})
  UNION ALL SELECT 'column', owner, c.name || CASE WHEN c.pk > 0 THEN ' (primary key)' ELSE '' END, '', place, 1
    ${COLUMNS("pragma_table_info(t.owner) AS c")}
  UNION ALL SELECT 'index', owner, ${INDEXED}, ${INDEX_SQL}, place, 2
    ${COLUMNS("pragma_index_list(t.owner) AS i")}
  UNION ALL SELECT 'unique index', owner, ${INDEXED}, ${INDEX_SQL}, place, 3
    ${COLUMNS("pragma_index_list(t.owner) AS i")} WHERE i."unique" = 1
  UNION ALL SELECT 'reference', owner, r."from" || ' to ' || r."table" || ' (' || COALESCE(r."to", '') || ') ON DELETE ' || r.on_delete,
    '', place, 4 ${COLUMNS("pragma_foreign_key_list(t.owner) AS r")}
  ORDER BY place, at`;

/** What the schema of a database consists of. */
function readShape(replica: Replica): SchemaShape {
  const rows = replica.inspect(SHAPE).map((row) => row.map((value) => String(value ?? "")));
  const tables = rows.flatMap(([kind, owner = ""]) => (kind === "table" ? [owner] : []));
  const parts = rows.map(([kind = "", owner = "", name = "", sql = ""]) => {
    const what = kind === "table" ? `table ${quote(owner)}` : `${kind} ${quote(name)} in table ${quote(owner)}`;
    return { what, sql };
  });
  return { tables, parts };
}

/** The rows of `Migration.sqliteSchema`. */
const SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE rootpage > 0 ORDER BY rowid";

/** What a schema has to be. */
export interface ExpectedSchema {
  /** For the database in which migrations are run when nobody says what they make. */
  readonly sqljs: SqlJsModule;
  /** Every step of the schema, in order. */
  readonly migrations: readonly Migration[];
  /** How many of the steps were done. */
  readonly version: number;
}

/** The tables that migrations make, in order. */
export function listTables(expected: ExpectedSchema): readonly string[] {
  const rows = expected.migrations[expected.version - 1]?.sqliteSchema;
  if (rows === undefined) return shapeOf(expected).tables;
  return rows.flatMap(([type, name]) => (type === "table" ? [String(name)] : []));
}

/**
 * Makes sure that a database has what its version of the schema has; more may be there. Where the same statements made
 * it nothing is missing; only another text, as other tools write it, is looked at part by part.
 * @throws {CatalogError} CORRUPT naming the first part that is missing
 */
export function requireSchema(replica: Replica, expected: ExpectedSchema, path: string): void {
  const rows = expected.migrations[expected.version - 1]?.sqliteSchema;
  if (rows === undefined || !hasRows(replica, rows)) requireShape(replica, shapeOf(expected), path);
}

function hasRows(replica: Replica, rows: readonly SqlRow[]): boolean {
  const found = new Set(replica.inspect(SCHEMA).map((row) => row.join("\0")));
  return rows.every((row) => found.has(row.join("\0")));
}

/** Shapes that were made in this process: migrations are constants, and to run them takes as long as a small open. */
const known = new WeakMap<readonly Migration[], Map<number, SchemaShape>>();

/** What migrations make of an empty database, up to a version. */
function shapeOf({ sqljs, migrations, version }: ExpectedSchema): SchemaShape {
  const versions = known.get(migrations) ?? new Map<number, SchemaShape>();
  known.set(migrations, versions);
  const shape = versions.get(version) ?? makeShape(sqljs, migrations.slice(0, version));
  versions.set(version, shape);
  return shape;
}

function makeShape(sqljs: SqlJsModule, migrations: readonly Migration[]): SchemaShape {
  const replica = new Replica(sqljs, { path: ":memory:" });
  try {
    migrate(replica, 0, migrations);
    return readShape(replica);
  } finally {
    replica.close();
  }
}

function requireShape(replica: Replica, expected: SchemaShape, path: string): void {
  const found = new Set(readShape(replica).parts.map(({ what }) => what));
  const missing = expected.parts.find(({ what }) => !found.has(what));
  if (missing === undefined) return;
  const reason = `has no ${missing.what}`;
  throw new CatalogError("CORRUPT", `Cannot open ${quote(path)}: it ${reason}`, {
    details: { path, reason },
    hint:
      missing.sql === ""
        ? "Keep the file, and restore the last backup."
        : `Close every program that uses it and make the index again: sqlite3 ${quote(path)} ${quote(missing.sql)}`,
  });
}
