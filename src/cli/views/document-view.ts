import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import { documentToJson, variantToJson } from "../../core/json-record.ts";
import { formatExactSize, formatHash, formatSize, formatSizeCell, formatTime } from "../output/human-text.ts";
import type { Block, Column, JsonItem, Part, TextStyle } from "../output/part.ts";

const DOCUMENT_COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "ARTIFACT", shrink: true },
  { title: "RESOLVER", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "SHA-256" },
  { title: "CREATED" },
  { title: "SOURCE URL", shrink: true },
];

const MORE_COLUMNS: readonly Column[] = [
  { title: "TYPE" },
  { title: "RUN" },
  { title: "UPDATED" },
  { title: "STORED AT" },
];

const VARIANT_COLUMNS: readonly Column[] = [
  { title: "VARIANT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "TYPE", shrink: true },
  { title: "SHA-256" },
  { title: "CREATED" },
  { title: "STORED AT", shrink: true },
];

/** The JSON line of a document. */
export function documentItem(record: DocumentRecord): JsonItem {
  return { type: "record", record: "document", ...documentToJson(record) };
}

/** The JSON line of a variant. */
export function variantItem(record: VariantRecord): JsonItem {
  return { type: "record", record: "variant", ...variantToJson(record) };
}

/** Documents as a table; `continued` when it goes on with the part before. */
export function documentsPart(records: readonly DocumentRecord[], continued = false): Part {
  return {
    items: () => records.map(documentItem),
    blocks: ({ verbose }) => [
      {
        block: "table",
        columns: verbose ? [...DOCUMENT_COLUMNS, ...MORE_COLUMNS] : DOCUMENT_COLUMNS,
        rows: records.map((record) => documentRow(record, verbose)),
        continued,
      },
    ],
  };
}

function documentRow(record: DocumentRecord, verbose: boolean): readonly string[] {
  const { id, artifactId, resolver, bytes, sha256, createdAt, sourceUrl } = record;
  const size = verbose ? String(bytes) : formatSize(bytes);
  const row = [String(id), artifactId, resolver, size, formatHash(sha256, verbose), formatTime(createdAt), sourceUrl];
  if (!verbose) return row;
  return [...row, record.contentType ?? "-", record.runId ?? "-", formatTime(record.updatedAt), record.storageUri];
}

/** Everything about one document, with its variants. */
export function documentDetailPart(record: DocumentRecord, variants: readonly VariantRecord[]): Part {
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

/** Variants of one document as a table. */
export function variantsPart(variants: readonly VariantRecord[]): Part {
  return { items: () => variants.map(variantItem), blocks: (style) => [variantTable(variants, style)] };
}

function variantTable(variants: readonly VariantRecord[], { verbose }: TextStyle): Block {
  return {
    block: "table",
    columns: VARIANT_COLUMNS,
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
