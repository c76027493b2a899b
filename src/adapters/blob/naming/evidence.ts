import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../../core/naming/blob-key.ts";
import { isSha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { EvidenceDocument, QuarantineEvidence } from "../../../ports/blob-store.ts";

/** The name of the note. */
export const EVIDENCE_NAME = "evidence.json";

/** What is longer is no note, in bytes. */
export const MAX_EVIDENCE_BYTES = 16_777_216;

/**
 * Where bytes that failed verification go, and the note about them: a folder of their own, `.quarantine/<nonce>/`. Bytes
 * that are called as the note is get another name.
 */
export function quarantineKeys(nonce: string, name: string): { readonly blob: BlobKey; readonly note: BlobKey } {
  const folder = `${OWN_FOLDERS.quarantine}/${nonce}`;
  const blob = name.toLowerCase() === EVIDENCE_NAME ? `blob-${name}` : name;
  return { blob: parseBlobKey(`${folder}/${blob}`), note: parseBlobKey(`${folder}/${EVIDENCE_NAME}`) };
}

/** The note as it is stored, which `schema/README.md` specifies. */
export function encodeEvidence(evidence: QuarantineEvidence): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify({ schema_version: 2, ...evidence }, null, 2)}\n`);
}

/** Reads a note of version 1 or 2; `null` for what is none. Unknown fields are passed over. */
export function parseEvidence(bytes: Uint8Array): QuarantineEvidence | null {
  const fields = fieldsOf(bytes);
  const version = fields.get("schema_version");
  if (version !== 1 && version !== 2) return null;
  const [reason, uri, foundAt] = [fields.get("reason"), fields.get("uri"), fields.get("found_at")];
  if (reason !== "size_mismatch" && reason !== "hash_mismatch") return null;
  if (typeof uri !== "string" || typeof foundAt !== "string") return null;
  const [expected, actual] = [fields.get("expected_sha256"), fields.get("actual_sha256")];
  if (!isHashOrNull(expected) || !isHashOrNull(actual)) return null;
  const [expectedBytes, actualBytes] = [fields.get("expected_bytes"), fields.get("actual_bytes")];
  if (!(isCount(expectedBytes) || expectedBytes === null) || !isCount(actualBytes)) return null;
  const about = version === 1 ? OF_VERSION_1 : findAbout(fields);
  if (about === undefined) return null;
  return {
    reason,
    uri: uri as StorageUri,
    expected_sha256: expected,
    expected_bytes: expectedBytes,
    actual_sha256: actual,
    actual_bytes: actualBytes,
    found_at: foundAt,
    ...about,
  };
}

type About = Pick<QuarantineEvidence, "catalog_id" | "verb" | "documents">;

const OF_VERSION_1: About = { catalog_id: null, verb: null, documents: [] };

/** What version 2 adds. */
function findAbout(fields: ReadonlyMap<string, unknown>): About | undefined {
  const [catalogId, verb, documents] = [fields.get("catalog_id"), fields.get("verb"), fields.get("documents")];
  if (!isTextOrNull(catalogId)) return undefined;
  if (verb !== "ingest" && verb !== "verify" && verb !== "repair") return undefined;
  if (!Array.isArray(documents) || !documents.every(isDocument)) return undefined;
  return { catalog_id: catalogId, verb, documents };
}

function isDocument(value: unknown): value is EvidenceDocument {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const isNamed = typeof fields.get("artifact_id") === "string" && typeof fields.get("source_url") === "string";
  return isCount(fields.get("id")) && isNamed && isTextOrNull(fields.get("run_id"));
}

function fieldsOf(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return new Map(Object.entries(typeof value === "object" && value !== null ? value : {}));
  } catch {
    return new Map();
  }
}

function isHashOrNull(value: unknown): value is QuarantineEvidence["actual_sha256"] {
  return value === null || isSha256(value);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
