import type { CatalogStats, StatsGroup } from "../../../catalog/stats/stats.ts";
import { formatExactSize, formatSize, formatTime } from "../../output/human-text.ts";
import type { Block, JsonFields } from "../../output/part.ts";

/** Figures for the last line of `--json`. */
export function statsFields(stats: CatalogStats): JsonFields {
  const groups = (list: readonly StatsGroup[]): readonly JsonFields[] => list.map((group) => ({ ...group }));
  return {
    documents: stats.documents,
    variants: stats.variants,
    artifacts: stats.artifacts,
    bytes: stats.bytes,
    distinct_bytes: stats.distinctBytes,
    distinct_hashes: stats.distinctHashes,
    unhashed: stats.unhashed,
    duplicate_groups: stats.duplicateGroups,
    largest_group: stats.largestGroup,
    removals: stats.removals,
    pins: stats.pins,
    tombstones: stats.tombstones,
    blobs: stats.blobs,
    verified_blobs: stats.verifiedBlobs,
    intact_blobs: stats.intactBlobs,
    bad_blobs: stats.badBlobs,
    oldest_check: stats.oldestCheck,
    oldest: stats.oldest,
    newest: stats.newest,
    by_resolver: groups(stats.byResolver),
    by_content_type: groups(stats.byContentType),
    engine: stats.engine,
    hasher: stats.hasher,
    digests: stats.digests,
    catalog_schema_version: stats.schemaVersion,
    catalog_bytes: stats.catalogBytes,
  };
}

/** Figures for people. */
export function statsBlocks(stats: CatalogStats): readonly Block[] {
  return [
    {
      block: "pairs",
      rows: [
        ["documents", String(stats.documents)],
        ["variants", String(stats.variants)],
        ["artifacts", String(stats.artifacts)],
        ["size", formatExactSize(stats.bytes)],
        ["size without duplicates", formatExactSize(stats.distinctBytes)],
        ["different hashes", String(stats.distinctHashes)],
        ["without a hash", String(stats.unhashed)],
        ["groups of duplicates", String(stats.duplicateGroups)],
        ["largest group", String(stats.largestGroup)],
        ["removals on record", String(stats.removals)],
        ["pins", String(stats.pins)],
        ["removed on purpose", String(stats.tombstones)],
        ["blobs", String(stats.blobs)],
        ["verified", `${stats.verifiedBlobs}, of which ${stats.intactBlobs} intact and ${stats.badBlobs} bad`],
        ["oldest check", stats.oldestCheck === null ? "-" : formatTime(stats.oldestCheck)],
        ["oldest", stats.oldest === null ? "-" : formatTime(stats.oldest)],
        ["newest", stats.newest === null ? "-" : formatTime(stats.newest)],
        ["engine", `${stats.engine}, schema ${stats.schemaVersion}`],
        ["hasher", stats.hasher],
        ["verifies in", stats.digests === "workers" ? "threads of its own" : "the thread of the program"],
        ["catalog file", formatExactSize(stats.catalogBytes)],
      ],
    },
    ...groupBlocks("RESOLVER", stats.byResolver),
    ...groupBlocks("CONTENT TYPE", stats.byContentType),
  ];
}

function groupBlocks(title: string, groups: readonly StatsGroup[]): readonly Block[] {
  if (groups.length === 0) return [];
  return [
    { block: "gap" },
    {
      block: "table",
      columns: [
        { title, shrink: true },
        { title: "DOCUMENTS", align: "right" },
        { title: "SIZE", align: "right" },
      ],
      rows: groups.map(({ name, documents, bytes }) => [name ?? "-", String(documents), formatSize(bytes)]),
    },
  ];
}
