import type { DuplicateGroup } from "../../../catalog/dedup/find-duplicates.ts";
import { documentToJson } from "../../../core/json-record.ts";
import { formatHash, formatSize } from "../../output/human-text.ts";
import type { Block, Column, Part } from "../../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "SHA-256" },
  { title: "SIZE", align: "right" },
  { title: "DOCUMENTS", align: "right" },
  { title: "FILES", align: "right" },
  { title: "RECLAIMABLE", align: "right" },
  { title: "FIRST ARTIFACT", shrink: true },
];

const MEMBER_COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "ARTIFACT" },
  { title: "RESOLVER" },
  { title: "STORED AT" },
];

/** Groups of documents with the same bytes; verbose with every member. */
export function duplicatesPart(groups: readonly DuplicateGroup[]): Part {
  return {
    items: () =>
      groups.map((group) => ({
        type: "group",
        sha256: group.sha256,
        bytes: group.bytes,
        documents: group.records.length,
        blobs: group.blobs,
        files: group.files,
        missing: group.missing,
        reclaimable_bytes: group.reclaimableBytes,
        may_share_blocks: group.mayShareBlocks,
        records: group.records.map((record) => ({ ...documentToJson(record) })),
      })),
    blocks: ({ verbose }) => [
      { block: "table", columns: COLUMNS, rows: groups.map((group) => groupRow(group, verbose)) },
      ...(verbose ? groups.flatMap(memberBlocks) : []),
    ],
  };
}

function groupRow(group: DuplicateGroup, verbose: boolean): string[] {
  const { sha256, bytes, records, blobs, files, reclaimableBytes } = group;
  const size = (sizeBytes: number): string => (verbose ? String(sizeBytes) : formatSize(sizeBytes));
  return [
    formatHash(sha256, verbose),
    size(bytes),
    String(records.length),
    String(files ?? blobs),
    size(reclaimableBytes),
    records[0]?.artifactId ?? "-",
  ];
}

function memberBlocks({ sha256, records }: DuplicateGroup): readonly Block[] {
  return [
    { block: "gap" },
    { block: "line", text: sha256 },
    {
      block: "table",
      columns: MEMBER_COLUMNS,
      rows: records.map(({ id, artifactId, resolver, storageUri }) => [String(id), artifactId, resolver, storageUri]),
    },
  ];
}
