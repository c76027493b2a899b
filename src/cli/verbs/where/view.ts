import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { documentItem, variantItem } from "../../documents/record-item.ts";
import { formatHash, formatSizeCell } from "../../output/human-text.ts";
import type { Column, Part } from "../../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "SHA-256" },
  { title: "DOCUMENT", align: "right" },
  { title: "VARIANT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "STORED AT", shrink: true },
];

/** Where bytes are, by document and variant. */
export function locationsPart(documents: readonly DocumentRecord[], variants: readonly VariantRecord[]): Part {
  return {
    items: () => [...documents.map(documentItem), ...variants.map(variantItem)],
    blocks: ({ verbose }) => [
      {
        block: "table",
        columns: COLUMNS,
        rows: [
          ...documents.map((record) => ({ ...record, document: record.id, variant: "-" })),
          ...variants.map((record) => ({ ...record, document: record.documentId })),
        ].map(({ sha256, document, variant, bytes, storageUri }) => [
          formatHash(sha256, verbose),
          String(document),
          variant,
          formatSizeCell(bytes, verbose),
          storageUri,
        ]),
      },
    ],
  };
}
