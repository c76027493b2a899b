import initSqlJs from "sql.js";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openForTest, registrationOf } from "../_open-for-test.ts";

const PATH = "/catalog.sqlite";
const { Database } = await initSqlJs();

/** A catalog of documents 1, 2 and 3, of which 2 has a variant, in which another tool then ran a script. */
export async function openDamaged(script: string): Promise<Catalog> {
  const fs = createMemoryFileSystem();
  const catalog = await openForTest({ fs, catalog: { path: PATH } });
  await catalog.registerMany([registrationOf(1), registrationOf(2), registrationOf(3)]);
  await catalog.addVariant(2, { variant: "html", storageUri: "file:///data/2.html", bytes: 1, sha256: "a".repeat(64) });
  await catalog.close();
  const db = new Database(await fs.readFile(PATH));
  db.run(`PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; ${script}`);
  await fs.unlink(PATH);
  const file = await fs.open(PATH, "create");
  await file.write(db.export());
  await file.close();
  db.close();
  return openForTest({ fs, catalog: { path: PATH }, mode: "write" });
}

/** Lets a table have NULL anywhere, as a tool may that makes it anew. */
export const WITHOUT_NOT_NULL = `PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name IN ('documents', 'variants');
  PRAGMA writable_schema = RESET;`;
