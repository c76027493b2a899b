import type { SqlStatement } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";

/** The groups of documents with one hash: hash, size, storage URIs, and the most that storing once can free. */
export function selectDuplicateGroups(minBytes: number): SqlStatement {
  return statement(
    `SELECT sha256, MAX(bytes) AS size, COUNT(DISTINCT storage_uri) AS blobs,
       (COUNT(DISTINCT storage_uri) - 1) * MAX(bytes) AS reclaimable
     FROM documents WHERE sha256 IS NOT NULL AND bytes >= ? GROUP BY sha256 HAVING COUNT(*) > 1
     ORDER BY reclaimable DESC, size DESC, sha256`,
    minBytes,
  );
}
