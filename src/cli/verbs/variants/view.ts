import type { VariantRecord } from "../../../core/document.ts";
import { variantItem } from "../../documents/record-item.ts";
import { variantTable } from "../../documents/variant-table.ts";
import type { Part } from "../../output/part.ts";

/** Variants as a table. */
export function variantsPart(variants: readonly VariantRecord[]): Part {
  return { items: () => variants.map(variantItem), blocks: (style) => [variantTable(variants, style)] };
}
