import type { DocumentRecord } from "../../core/document.ts";
import { formatHash, formatSize, formatTime } from "../output/human-text.ts";
import type { Column, Part } from "../output/part.ts";
import { documentItem } from "./record-item.ts";

const COLUMNS: readonly Column[] = [
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

/** Documents as a table; `continued` when it goes on with the part before. */
export function documentsPart(records: readonly DocumentRecord[], continued = false): Part {
  return {
    items: () => records.map(documentItem),
    blocks: ({ verbose }) => [
      {
        block: "table",
        columns: verbose ? [...COLUMNS, ...MORE_COLUMNS] : COLUMNS,
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
