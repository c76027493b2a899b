import type { Migration, SqlEngine, SqlRow, SqlStatement, SqlValue } from "../../ports/sql.ts";
import { assertEquals } from "../assert.ts";

/** Where one case of the SQL suite works: one database that can be opened again and again. */
export interface SqlEnginePlace {
  /** Opens the database for writing; the first call creates it with the schema given. */
  open(migrations: readonly Migration[]): Promise<SqlEngine>;
  /**
   * Opens the database once more, as another process does: the two share what is stored, and nothing else. It is there by
   * then, with that schema. `read` writes nothing.
   */
  openAsOther(migrations: readonly Migration[], mode: "write" | "read"): Promise<SqlEngine>;
  /** Called when the case has ended, well or not, with all engines closed; removes the database. */
  dispose(): Promise<void>;
}

/** One promise of the port. */
export type SqlEngineCase = (place: SqlEnginePlace) => Promise<void>;

/** The schema that the cases use; every statement of it means the same to SQLite and PostgreSQL. */
export const SUITE_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "things",
    sql: `CREATE TABLE things (name TEXT NOT NULL PRIMARY KEY, size BIGINT CHECK (size >= 0), weight DOUBLE PRECISION);
CREATE TABLE parts (id INTEGER NOT NULL PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (name) ON DELETE CASCADE);`,
  },
];

/** Adds a thing. */
export function insertThing(name: string, size: SqlValue = 1): SqlStatement {
  return { sql: "INSERT INTO things (name, size) VALUES (?, ?)", parameters: [name, size] };
}

/** The names of all things, in order. */
export async function listThings(engine: SqlEngine): Promise<readonly SqlRow[]> {
  return engine.query({ sql: "SELECT name FROM things ORDER BY name" });
}

/** Throws unless exactly these things are there. */
export async function assertThings(engine: SqlEngine, ...names: readonly string[]): Promise<void> {
  assertEquals(
    await listThings(engine),
    names.map((name) => [name]),
    "things",
  );
}

/** Runs `work` with the database open, and closes it. */
export async function useEngine(place: SqlEnginePlace, work: (engine: SqlEngine) => Promise<void>): Promise<void> {
  const engine = await place.open(SUITE_MIGRATIONS);
  try {
    await work(engine);
  } finally {
    await engine.close();
  }
}
