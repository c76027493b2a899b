import type { VariantRecord } from "../../core/document.ts";
import { formatHash, formatSizeCell, formatTime } from "../output/human-text.ts";
import type { Block, Column, TextStyle } from "../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "VARIANT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "TYPE", shrink: true },
  { title: "SHA-256" },
  { title: "CREATED" },
  { title: "STORED AT", shrink: true },
];

/** Variants of one document as a table. */
export function variantTable(variants: readonly VariantRecord[], { verbose }: TextStyle): Block {
  return {
    block: "table",
    columns: COLUMNS,
    rows: variants.map(({ variant, bytes, contentType, sha256, createdAt, storageUri }) => [
      variant,
      formatSizeCell(bytes, verbose),
      contentType ?? "-",
      formatHash(sha256, verbose),
      formatTime(createdAt),
      storageUri,
    ]),
  };
}
