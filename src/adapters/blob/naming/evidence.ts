import { type BlobKey, OWN_FOLDERS, parseBlobKey } from "../../../core/naming/blob-key.ts";
import type { QuarantineEvidence } from "../../../ports/blob-store.ts";

/** The name of the note. */
export const EVIDENCE_NAME = "evidence.json";

/** Where bytes that failed verification go, and the note about them: a folder of their own, `.quarantine/<nonce>/`. */
export function quarantineKeys(nonce: string, name: string): { readonly blob: BlobKey; readonly note: BlobKey } {
  const folder = `${OWN_FOLDERS.quarantine}/${nonce}`;
  return { blob: parseBlobKey(`${folder}/${name}`), note: parseBlobKey(`${folder}/${EVIDENCE_NAME}`) };
}

/** The note as it is stored, which `schema/README.md` specifies. */
export function encodeEvidence(evidence: QuarantineEvidence): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify({ schema_version: 1, ...evidence }, null, 2)}\n`);
}
