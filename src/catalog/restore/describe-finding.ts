import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import type { RestoreFinding } from "./restore-options.ts";

/** A row, for messages. */
export function describeRow(record: DocumentRecord | VariantRecord): string {
  if ("variant" in record) return `variant ${quote(record.variant)} of document ${record.documentId}`;
  return `document ${record.id}, ${quote(record.artifactId)}`;
}

/** A finding of which nothing is known but what is given. */
export function findingOf(
  finding: Pick<RestoreFinding, "kind" | "message" | "uri"> & Partial<RestoreFinding>,
): RestoreFinding {
  return { documentId: null, variant: null, existingId: null, ...finding };
}
