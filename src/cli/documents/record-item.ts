import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { documentToJson, variantToJson } from "../../core/json-record.ts";
import type { JsonItem } from "../output/part.ts";

/** The JSON line of a document. */
export function documentItem(record: DocumentRecord): JsonItem {
  return { type: "record", record: "document", ...documentToJson(record) };
}

/** The JSON line of a variant. */
export function variantItem(record: VariantRecord): JsonItem {
  return { type: "record", record: "variant", ...variantToJson(record) };
}
