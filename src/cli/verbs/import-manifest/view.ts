import type {
  ImportedOutcome,
  ImportFinding,
  ImportFindingKind,
  ImportProgress,
  ImportSummary,
} from "../../../catalog/import/import-options.ts";
import { formatExactSize } from "../../output/human-text.ts";
import type { Block, Finding, JsonFields, JsonItem, Progress } from "../../output/part.ts";

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<ImportFindingKind, string>> = {
  damaged: "Correct the damaged lines and import again; --map names the fields of lines that are not the downloader's.",
  gone: "Bring the gone files back and import again, or register them all the same with --allow-missing.",
  outside: "Name another folder with --base-dir, or register files outside it with --allow-outside.",
  unreadable: "Make the unreadable files readable and import again.",
  own: "Take the files of catalogs out of the manifest; to copy a catalog, use a tool for files.",
  unstable: "Import again once nothing writes to the files any more.",
  wrong_size:
    "Files of a wrong size are registered as they are, without the hash of their line, which --hash all computes; fetch again what was cut short.",
  wrong_hash: "Files with a wrong hash are registered as they are; fetch again what was damaged.",
  kept: "Files that were stored and not moved are still there; look at each, and import again or remove it yourself.",
  changed: "Changed contents were not taken over unless --on-change or catalog.on_change says so: replace or variant.",
};

/** Something about one line of a manifest. */
export function importFinding({ kind, line, message, artifactId, path }: ImportFinding): Finding {
  return {
    kind,
    label: `line ${line}: ${kind}`,
    message,
    fields: { kind, line, artifact_id: artifactId ?? null, path: path ?? null, hint: HINTS[kind] },
  };
}

/** What would become of one line. */
export function plannedLine(imported: ImportedOutcome): JsonItem {
  const { line, path, artifactId, outcome, placement, bytes, moved } = imported;
  return { type: "planned_line", line, path, artifact_id: artifactId, outcome, placement, bytes, moved };
}

/** How far an import is; `elapsedMs` since it began. */
export function importProgress(progress: ImportProgress, elapsedMs: number): Progress {
  const { lines, bytesRead, bytesTotal, documents, removedBefore, bytesHashed } = progress;
  const rate = elapsedMs > 0 ? Math.round((lines * 1000) / elapsedMs) : 0;
  const hashed = bytesHashed > 0 ? `, ${formatExactSize(bytesHashed).replace(/ \(.*/, "")} hashed` : "";
  return {
    done: bytesRead,
    total: bytesTotal,
    text: `${lines} lines, ${rate}/s${hashed}`,
    fields: {
      command: "import-manifest",
      lines,
      bytes_read: bytesRead,
      bytes_total: bytesTotal ?? null,
      documents,
      removed_before: removedBefore,
      bytes_hashed: bytesHashed,
    },
  };
}

/** What an import did, for the last line of `--json`. */
export function importFields(summary: ImportSummary): JsonFields {
  return {
    lines: summary.lines,
    attempts: summary.attempts,
    other: summary.other,
    outcomes: summary.outcomes,
    failures: summary.failures,
    skips: summary.skips,
    dry_runs: summary.dryRuns,
    damaged: summary.damaged,
    gone: summary.gone,
    outside: summary.outside,
    unreadable: summary.unreadable,
    own: summary.own,
    unstable: summary.unstable,
    wrong_size: summary.wrongSize,
    wrong_hash: summary.wrongHash,
    sources_kept: summary.sourcesKept,
    repeats: summary.repeats,
    removed_before: summary.removedBefore,
    changed: summary.changed,
    documents: summary.documents,
    variants: summary.variants,
    bytes: summary.bytes,
    files_hashed: summary.filesHashed,
    bytes_hashed: summary.bytesHashed,
    stopped: summary.stopped,
  };
}

/** What an import did, for people: the figures that are always of interest, and of the others those that are not 0. */
export function importBlocks(summary: ImportSummary): readonly Block[] {
  const always: readonly (readonly [string, string])[] = [
    ["lines", String(summary.lines)],
    ["stored files", String(summary.outcomes)],
    ["new documents", String(summary.documents)],
    ["new variants", String(summary.variants)],
    ["known already", String(summary.repeats)],
    ["size", formatExactSize(summary.bytes)],
  ];
  const counted: readonly (readonly [string, number])[] = [
    ["removed before, passed over", summary.removedBefore],
    ["failed downloads", summary.failures],
    ["skipped downloads", summary.skips],
    ["dry runs", summary.dryRuns],
    ["other lines", summary.other],
    ["damaged lines", summary.damaged],
    ["gone files", summary.gone],
    ["outside the base folder", summary.outside],
    ["unreadable files", summary.unreadable],
    ["files of the catalog", summary.own],
    ["changed while read", summary.unstable],
    ["wrong sizes", summary.wrongSize],
    ["wrong hashes", summary.wrongHash],
    ["stored, not moved", summary.sourcesKept],
    ["changed contents", summary.changed],
    ["files hashed", summary.filesHashed],
  ];
  const present = counted.filter(([, count]) => count > 0).map(([label, count]) => [label, String(count)] as const);
  return [{ block: "pairs", rows: [...always, ...present] }, ...importAdvice(summary)];
}

/** What to do next, once for each kind of finding. */
function importAdvice(summary: ImportSummary): readonly Block[] {
  const { damaged, gone, outside, unreadable, own, unstable, wrongSize, wrongHash, changed, sourcesKept } = summary;
  const counts: Readonly<Record<ImportFindingKind, number>> = {
    ...{ damaged, gone, outside, unreadable, own, unstable, changed },
    ...{ wrong_size: wrongSize, wrong_hash: wrongHash, kept: sourcesKept },
  };
  return Object.entries(HINTS)
    .filter(([kind]) => counts[kind as ImportFindingKind] > 0)
    .map(([, text]) => ({ block: "advice", text }));
}
