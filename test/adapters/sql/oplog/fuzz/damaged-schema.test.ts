import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { MIGRATIONS } from "../../../../../src/catalog/migrations.gen.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { openEngine, sqljs, writeFile } from "../_engine-world.ts";

const PATH = "/catalog.sqlite";

/** A catalog in which another tool ran a script. */
async function createWith(script: string): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  await (await openEngine({ fs, path: PATH, migrations: MIGRATIONS })).close();
  const db = new sqljs.Database(await fs.readFile(PATH));
  db.run(script);
  await fs.unlink(PATH);
  await writeFile(fs, PATH, db.export());
  db.close();
  return fs;
}

/** The rows of a SELECT over an empty catalog. */
function ask(sql: string): readonly string[] {
  const db = new sqljs.Database();
  for (const migration of MIGRATIONS) db.run(migration.sql);
  const rows = db.exec(sql)[0]?.values ?? [];
  db.close();
  return rows.map((row) => row.join("."));
}

const TABLES = ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
const INDEXES = ask("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
const COLUMNS = ask(`SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'`);

/** Makes a table anew, with what `change` makes of its statement. */
function remake(table: string, change: (sql: string) => string): string {
  const [sql = ""] = ask(`SELECT sql FROM sqlite_schema WHERE name = '${table}'`);
  const changed = change(sql);
  expect(changed).not.toBe(sql);
  const indexes = ask(
    `SELECT sql FROM sqlite_schema WHERE tbl_name = '${table}' AND type = 'index' AND sql IS NOT NULL`,
  );
  return ["PRAGMA foreign_keys = OFF", `DROP TABLE ${table}`, changed, ...indexes].join(";");
}

async function expectCorrupt(fs: FileSystem, message: RegExp): Promise<string> {
  let hint = "";
  for (const mode of ["read", "write"] as const) {
    const error = await openEngine({ fs, path: PATH, mode, migrations: MIGRATIONS }).catch((caught) => caught);
    expect(error).toMatchObject({ code: "CORRUPT", message: expect.stringMatching(message) });
    ({ hint } = error);
  }
  return hint;
}

describe("a catalog without", () => {
  it.each(TABLES)("the table %s is CORRUPT", async (table) => {
    // Without meta nothing says that the file ever had a log.
    const fs = await createWith(`PRAGMA foreign_keys = OFF; DROP TABLE ${table}`);
    await expectCorrupt(fs, new RegExp(`has no table "${table}"`));
  });

  it.each(COLUMNS)("the column %s is CORRUPT", async (name) => {
    const [table = "", column = ""] = name.split(".");
    const fs = await createWith(`ALTER TABLE ${table} RENAME COLUMN ${column} TO other`);
    await expectCorrupt(fs, new RegExp(`has no column "${column}.*in table "${table}"`));
  });

  it.each(INDEXES)("the index %s is CORRUPT, and says how to make it again", async (index) => {
    const [sql = ""] = ask(`SELECT sql FROM sqlite_schema WHERE name = '${index}'`);
    const fs = await createWith(`DROP INDEX ${index}`);
    expect(await expectCorrupt(fs, /has no index/)).toContain(sql);
    const db = new sqljs.Database(await fs.readFile(PATH));
    db.run(sql);
    await fs.unlink(PATH);
    await writeFile(fs, PATH, db.export());
    await (await openEngine({ fs, path: PATH, migrations: MIGRATIONS })).close();
  });

  it.each([
    [
      "documents",
      "UNIQUE (artifact_id, source_url, resolver)",
      "CHECK (id > 0)",
      /has no index "artifact_id, source_url, resolver"/,
    ],
    ["documents", "PRIMARY KEY AUTOINCREMENT", "", /has no column "id \(primary key\)"/],
    ["variants", " REFERENCES documents (id) ON DELETE CASCADE", "", /has no reference "document_id to documents/],
    ["variants", " ON DELETE CASCADE", "", /has no reference .*ON DELETE CASCADE/],
    ["meta", "PRIMARY KEY", "", /has no column "key \(primary key\)"/],
  ])("a constraint of %s is CORRUPT: %s", async (table, constraint, other, message) => {
    await expectCorrupt(await createWith(remake(table, (sql) => sql.replace(constraint, other))), message);
  });
});

describe("a catalog with the schema in other words", () => {
  it("opens", async () => {
    const reworded = (sql: string): string => sql.replace("CREATE TABLE meta (", "CREATE TABLE meta  ( ");
    await (
      await openEngine({ fs: await createWith(remake("meta", reworded)), path: PATH, migrations: MIGRATIONS })
    ).close();
  });
});

/** sql.js that counts its databases. */
class CountingDatabase extends sqljs.Database {
  static made = 0;

  constructor(bytes?: Uint8Array) {
    super(bytes);
    CountingDatabase.made += 1;
  }
}

describe("a catalog as the migrations make it", () => {
  const options = { path: PATH, sqljs: { ...sqljs, Database: CountingDatabase } };

  it.each(MIGRATIONS.map(({ version }) => version))(
    "is compared with what they say, in version %s",
    async (version) => {
      const fs = createMemoryFileSystem();
      await (await openEngine({ fs, path: PATH, migrations: MIGRATIONS.slice(0, version) })).close();
      CountingDatabase.made = 0;
      await (await openEngine({ ...options, fs, mode: "inspect", migrations: [...MIGRATIONS] })).close();
      expect(CountingDatabase.made).toBe(1);
    },
  );

  it("is compared with what they make where they do not say it", async () => {
    const silent = MIGRATIONS.map(({ version, name, sql }) => ({ version, name, sql }));
    CountingDatabase.made = 0;
    await (await openEngine({ ...options, fs: await createWith(""), mode: "inspect", migrations: silent })).close();
    expect(CountingDatabase.made).toBe(2);
  });
});

describe("a catalog with more than it needs", () => {
  it("opens", async () => {
    const fs = await createWith(`CREATE TABLE mine (a); CREATE INDEX mine_a ON mine (a);
      ALTER TABLE documents ADD COLUMN note TEXT; CREATE UNIQUE INDEX one ON variants (id, sha256);
      DROP INDEX documents_run_id; CREATE INDEX runs ON documents (run_id)`);
    await (await openEngine({ fs, path: PATH, migrations: MIGRATIONS })).close();
  });
});
