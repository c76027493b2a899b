import type { Timestamp } from "../../../core/timestamp.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { deleteVerification } from "../../ledger/ledger-statements.ts";
import { setDocumentHash, setVariantHash } from "../../register/register-statements.ts";
import type { CheckedBlob } from "../look/blob-checker.ts";

/**
 * Gives the rows of a blob that have no hash that of its bytes, if these were read and are no failure. What was verified
 * of it says less than that, and is forgotten. Gives how many rows took it.
 */
export async function recordHashes(
  { sql }: { readonly sql: SqlEngine },
  { rows, found, verification }: CheckedBlob,
  now: Timestamp,
): Promise<number> {
  if (found.kind !== "read" || !rows.contents.some(({ sha256 }) => sha256 === null)) return 0;
  if (verification.result !== "ok" && verification.result !== "unchecked") return 0;
  const { uri, documents, variants } = rows;
  const hashed = { storageUri: uri, bytes: found.stat.sizeBytes, sha256: found.sha256 };
  const statements = [
    ...documents.map((id) => setDocumentHash({ ...hashed, id }, now)),
    ...variants.map((id) => setVariantHash({ ...hashed, id })),
  ];
  const results = await sql.batch([...statements, deleteVerification(uri)], { durable: false });
  return results.slice(0, -1).filter(({ changes }) => changes > 0).length;
}
