import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { boundedText, statement } from "../records/columns.ts";
import { inList } from "./ledger-statements.ts";

/** What the rows of a table say about some blobs: URI, id, hash, size; by id. */
export function selectRowsOfBlobs(table: "documents" | "variants", uris: readonly StorageUri[]): SqlStatement {
  return statement(
    `SELECT storage_uri, id, ${boundedText("sha256")}, bytes FROM ${table}
     WHERE storage_uri IN ${inList(uris)} ORDER BY id`,
    ...uris,
  );
}
