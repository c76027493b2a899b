import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { BlobContent } from "../../core/verification/verification.ts";
import type { EvidenceDocument, QuarantineEvidence } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { selectDocumentsAt } from "./quarantine-statements.ts";

/** A blob that is not what it should be. */
export interface Damage {
  /** What differs. */
  readonly reason: QuarantineEvidence["reason"];
  /** Where it is. */
  readonly uri: StorageUri;
  /** What is on record. */
  readonly expected: BlobContent;
  /** What was found; the hash is `null` where it was not read. */
  readonly actual: { readonly sha256: Sha256 | null; readonly bytes: number };
}

/** Enough for people; who needs all of them asks the catalog. */
const MAX_DOCUMENTS = 1000;

/** What is kept beside a damaged blob: what is wrong with it, and which rows named it. */
export async function makeEvidence(
  { sql, clock }: { readonly sql?: SqlEngine | undefined; readonly clock: Clock },
  { reason, uri, expected, actual, verb }: Damage & { readonly verb: NonNullable<QuarantineEvidence["verb"]> },
): Promise<QuarantineEvidence> {
  return {
    reason,
    uri,
    expected_sha256: expected.sha256,
    expected_bytes: expected.bytes,
    actual_sha256: actual.sha256,
    actual_bytes: actual.bytes,
    found_at: formatTimestamp(clock.now()),
    catalog_id: (sql && (await findCatalogId(sql))) ?? null,
    verb,
    documents: sql === undefined ? [] : await listDocuments(sql, uri),
  };
}

async function listDocuments(sql: SqlEngine, uri: StorageUri): Promise<readonly EvidenceDocument[]> {
  const rows = await sql.query(selectDocumentsAt(uri, MAX_DOCUMENTS));
  return rows.map(([id, artifactId, sourceUrl, runId]) => ({
    id: Number(id),
    artifact_id: cleanSecrets(String(artifactId)),
    source_url: cleanSecrets(String(sourceUrl)),
    run_id: runId === null ? null : String(runId),
  }));
}
