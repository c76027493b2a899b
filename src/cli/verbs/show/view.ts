import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { documentItem, variantItem } from "../../documents/record-item.ts";
import { variantTable } from "../../documents/variant-table.ts";
import { formatExactSize, formatHash, formatTime } from "../../output/human-text.ts";
import type { Part } from "../../output/part.ts";

/** Everything about one document, with its variants. */
export function documentPart(record: DocumentRecord, variants: readonly VariantRecord[]): Part {
  return {
    items: () => [documentItem(record), ...variants.map(variantItem)],
    blocks: (style) => [
      { block: "pairs", rows: documentPairs(record) },
      ...(variants.length === 0 ? [] : ([{ block: "gap" }, variantTable(variants, style)] as const)),
      { block: "gap" },
    ],
  };
}

function documentPairs(record: DocumentRecord): readonly (readonly [string, string])[] {
  return [
    ["id", String(record.id)],
    ["artifact id", record.artifactId],
    ["source URL", record.sourceUrl],
    ["resolver", record.resolver],
    ["content type", record.contentType ?? "-"],
    ["size", formatExactSize(record.bytes)],
    ["SHA-256", formatHash(record.sha256, true)],
    ["stored at", record.storageUri],
    ["created", formatTime(record.createdAt)],
    ["updated", formatTime(record.updatedAt)],
    ["run", record.runId ?? "-"],
  ];
}
