import type { SqlStatement } from "../../ports/sql.ts";
import { statement } from "../records/columns.ts";
import { PIN_COLUMNS } from "./pin-rows-statements.ts";

/** Which pins hold some documents, or variants of these: ids of the documents, and the pins. */
export function selectPinsOf(documentIds: readonly number[]): SqlStatement {
  const some = documentIds.map(() => "?").join(", ");
  const select = (from: string, id: string, pinned: string): string =>
    `SELECT ${id}, ${PIN_COLUMNS} FROM ${from} CROSS JOIN pins WHERE ${id} IN (${some}) AND ${pinned}`;
  const parts = [
    ["documents", "documents.id", "pins.kind = 'document' AND pins.target = CAST(documents.id AS TEXT)"],
    ["documents", "documents.id", "pins.kind = 'artifact' AND pins.target = documents.artifact_id"],
    ["documents", "documents.id", "pins.kind = 'sha256' AND pins.target = documents.sha256"],
    ["documents", "documents.id", "pins.kind = 'uri' AND pins.target = documents.storage_uri"],
    ["variants", "variants.document_id", "pins.kind = 'sha256' AND pins.target = variants.sha256"],
    ["variants", "variants.document_id", "pins.kind = 'uri' AND pins.target = variants.storage_uri"],
  ] as const;
  return statement(
    parts.map(([from, id, pinned]) => select(from, id, pinned)).join(" UNION ALL "),
    ...parts.flatMap(() => documentIds),
  );
}

/** A pin that holds a variant, or its document. */
export function selectPinsOfVariant(variantId: number): SqlStatement {
  return statement(
    `SELECT ${PIN_COLUMNS} FROM variants CROSS JOIN documents CROSS JOIN pins
     WHERE variants.id = ? AND documents.id = variants.document_id
       AND ((pins.kind = 'document' AND pins.target = CAST(documents.id AS TEXT))
         OR (pins.kind = 'artifact' AND pins.target = documents.artifact_id)
         OR (pins.kind = 'sha256' AND pins.target = variants.sha256)
         OR (pins.kind = 'uri' AND pins.target = variants.storage_uri))`,
    variantId,
  );
}
