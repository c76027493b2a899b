import { readFileSync } from "node:fs";
import initSqlJs, { type SqlValue } from "sql.js";

/** Answers of a catalog file to plain SQLite, as any tool would get them. */
export interface CatalogFile {
  /** The rows of a statement, each an array of its columns. */
  query(sql: string): readonly (readonly SqlValue[])[];
}

/** Opens a catalog file with sql.js and nothing of ours, calls `look`, and lets go of it. */
export async function lookInto<Result>(path: string, look: (file: CatalogFile) => Result): Promise<Result> {
  const { Database } = await initSqlJs();
  const database = new Database(readFileSync(path));
  try {
    return look({ query: (sql) => database.exec(sql)[0]?.values ?? [] });
  } finally {
    database.close();
  }
}

const DOCUMENTS = `SELECT artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at, run_id
  FROM documents ORDER BY artifact_id, source_url, resolver`;

const VARIANTS = `SELECT d.artifact_id, d.source_url, d.resolver, v.variant, v.storage_uri, v.bytes, v.content_type,
  v.sha256, v.created_at
  FROM variants v JOIN documents d ON d.id = v.document_id
  ORDER BY d.artifact_id, d.source_url, d.resolver, v.variant`;

/** The rows of documents and those of variants. */
export type CatalogContent = readonly (readonly (readonly SqlValue[])[])[];

/** Everything that a catalog says about documents and variants, without ids and times of its own. */
export function readContent(path: string): Promise<CatalogContent> {
  return lookInto(path, ({ query }) => [query(DOCUMENTS), query(VARIANTS)]);
}
