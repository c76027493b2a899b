import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";

const COLUMNS = ["artifact_id", "source_url", "run_id"];

/** `id`, `artifact_id`, `source_url` and `run_id` of the documents that name a blob, also by a variant, the first ones. */
export function selectDocumentsAt(uri: StorageUri, limit: number): SqlStatement {
  const columns = ["d.id", ...COLUMNS.map((name) => boundedText(`d.${name}`))].join(", ");
  const sql = `SELECT ${columns} FROM documents d WHERE d.storage_uri = ?
UNION
SELECT ${columns} FROM variants v JOIN documents d ON d.id = v.document_id WHERE v.storage_uri = ?
ORDER BY 1 LIMIT ?`;
  return statement(sql, uri, uri, limit);
}
