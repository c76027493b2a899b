import type {
  RestoredThing,
  RestoreFinding,
  RestoreFindingKind,
  RestoreProgress,
  RestoreSummary,
} from "../../../catalog/restore/restore-options.ts";
import { decodePathOfUri } from "../../../core/storage-uri.ts";
import { documentItem, variantItem } from "../../documents/record-item.ts";
import { formatCount, formatSize, formatSizeCell } from "../../output/human-text.ts";
import type { Block, Column, Finding, JsonFields, JsonItem, Part, Progress } from "../../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "WHAT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "BYTES FROM" },
  { title: "STORED AT", shrink: true },
];

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<RestoreFindingKind, string>> = {
  no_bytes: 'Get the bytes again, as with "catalog add"; "catalog why" tells what became of them.',
  exists: "If the row that was removed is to come back, remove the one that has its key first.",
  held: "Try again when the collector has ended.",
  damaged: 'Register it again; "catalog why" tells what is on record.',
};

/** What came back, or would. */
export function restoredPart(restored: readonly RestoredThing[], continued: boolean): Part {
  return {
    items: () => restored.flatMap((thing) => [planItem(thing), ...recordItems(thing)]),
    blocks: ({ verbose }) => [
      { block: "table", columns: COLUMNS, rows: restored.map((thing) => rowOf(thing, verbose)), continued },
    ],
  };
}

function planItem({ uri, bytes, from, formerUri, document, variant, removedBefore }: RestoredThing): JsonItem {
  return {
    type: "plan",
    action: "restore",
    uri,
    bytes,
    from,
    former_uri: formerUri,
    document_id: document?.id ?? variant?.documentId ?? null,
    variant: variant?.variant ?? null,
    removed_before: removedBefore && {
      removed_at: removedBefore.removedAt,
      verb: removedBefore.verb,
      reason: removedBefore.reason,
    },
  };
}

/** The rows; a variant whose id is not known before it is there has none. */
function recordItems({ document, variant }: RestoredThing): readonly JsonItem[] {
  if (document !== null) return [documentItem(document)];
  return variant === null || variant.id === 0 ? [] : [variantItem(variant)];
}

function rowOf({ uri, bytes, from, document, variant }: RestoredThing, verbose: boolean): readonly string[] {
  const id = document?.id ?? variant?.documentId;
  const what = document?.artifactId ?? (variant === null ? "bytes without a row" : `variant ${variant.variant}`);
  return [
    id === undefined ? "-" : String(id),
    what,
    formatSizeCell(bytes, verbose),
    from === "trash" ? "the trash" : "their place",
    decodePathOfUri(uri) ?? uri,
  ];
}

/** Something that does not come back. */
export function restoreFinding(finding: RestoreFinding): Finding {
  const { kind, message, uri, documentId, variant, existingId } = finding;
  const fields = { uri, document_id: documentId, variant, existing_id: existingId, hint: HINTS[kind] };
  return { kind, label: kind.replaceAll("_", " "), message: `${message}.`, fields };
}

/** How far a restoration is. */
export function restoreProgress({ done }: RestoreProgress): Progress {
  return { done, total: undefined, text: formatCount(done, "document"), fields: { command: "restore", done } };
}

/** What it did, for the last line of `--json`. */
export function restoreFields({ documents, variants, blobs, bytes, findings }: RestoreSummary): JsonFields {
  return { documents, variants, blobs, bytes, findings };
}

/** What it did, for people. */
export function restoreBlocks(
  { documents, variants, blobs, bytes, findings }: RestoreSummary,
  { apply }: { readonly apply: boolean },
): readonly Block[] {
  const lines: string[] = [];
  const parts = [
    ...(documents + variants > 0
      ? [`${formatCount(documents, "document")} with ${formatCount(variants, "variant")}`]
      : []),
    ...(blobs > 0 ? [`${formatCount(blobs, "file")} without a row`] : []),
  ];
  const size = bytes > 0 ? `, ${formatSize(bytes)} out of the trash` : "";
  if (parts.length > 0) lines.push(`${apply ? "Restored" : "Would restore"} ${parts.join(" and ")}${size}.`);
  else lines.push(findings > 0 ? "Nothing was restored." : "Nothing to restore.");
  if (findings > 0) lines.push(`${formatCount(findings, "thing")} ${apply ? "did" : "would"} not come back.`);
  return lines.map((text) => ({ block: "line", text }) as const);
}
