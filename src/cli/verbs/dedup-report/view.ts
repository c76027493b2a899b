import type { DuplicateGroup, DuplicateShare, DuplicatesReport } from "../../../catalog/dedup/find-duplicates.ts";
import { documentToJson } from "../../../core/json-record.ts";
import { formatHash, formatSize, formatSizeCell } from "../../output/human-text.ts";
import type { Block, Column, JsonFields, Part, TextStyle } from "../../output/part.ts";

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
        documents: group.documents,
        blobs: group.blobs,
        files: group.files,
        files_in_root: group.filesInRoot,
        missing: group.missing,
        reclaimable_bytes: group.reclaimableBytes,
        dedup_bytes: group.dedupBytes,
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
  const { sha256, bytes, documents, records, blobs, files, reclaimableBytes } = group;
  const size = (sizeBytes: number): string => (verbose ? String(sizeBytes) : formatSize(sizeBytes));
  return [
    formatHash(sha256, verbose),
    size(bytes),
    String(documents),
    String(files ?? blobs),
    size(reclaimableBytes),
    records[0]?.artifactId ?? "-",
  ];
}

const SHARE_COLUMNS: readonly Column[] = [
  { title: "DOCUMENTS", align: "right" },
  { title: "RECLAIMABLE", align: "right" },
];

/** So many of each are shown to people. */
const MAX_SHARES = 10;

/** By resolver and by media type, where there are several. */
export function shareBlocks(
  { byResolver, byContentType }: Pick<DuplicatesReport, "byResolver" | "byContentType">,
  { verbose }: Pick<TextStyle, "verbose">,
): readonly Block[] {
  const blocks: Block[] = [];
  for (const [title, shares] of [
    ["RESOLVER", byResolver],
    ["TYPE", byContentType],
  ] as const) {
    if (shares.length < 2) continue;
    const rows = shares.slice(0, MAX_SHARES).map(({ name, documents, reclaimableBytes }) => {
      return [name ?? "-", String(documents), formatSizeCell(reclaimableBytes, verbose)];
    });
    blocks.push({ block: "gap" }, { block: "table", columns: [{ title }, ...SHARE_COLUMNS], rows, continued: false });
  }
  return blocks.length === 0 ? [] : [...blocks, { block: "gap" }];
}

/** One of them, for `--json`. */
export function shareItem({ name, documents, reclaimableBytes }: DuplicateShare): JsonFields {
  return { name, documents, reclaimable_bytes: reclaimableBytes };
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
