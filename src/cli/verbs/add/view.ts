import type {
  AddedSource,
  AddFinding,
  AddFindingKind,
  AddProgress,
  AddSummary,
} from "../../../catalog/add/add-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { formatExactSize, formatSize } from "../../output/human-text.ts";
import type { Block, Finding, JsonFields, JsonItem, Part, Progress } from "../../output/part.ts";

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<AddFindingKind, string>> = {
  gone: "Files that were gone when their turn came are not added; add the folder again once nothing works in it.",
  unreadable: "Make the unreadable files and folders readable and add them again.",
  unstable: "Add files again once nothing writes to them any more.",
  unusable: "Rename the files whose names cannot be used, and add them again.",
  refused: "Look at what was refused; nothing of it was stored.",
  damaged: "Get again what came damaged; nothing of it was registered.",
  unavailable: "Add again what did not answer.",
  kept: "Files that were stored and not moved are still there; look at each, and add it again or remove it yourself.",
  changed: "Changed contents were not taken over unless --on-change or catalog.on_change says so: replace or variant.",
};

/** Something about one file. */
export function addFinding({ kind, message, path }: AddFinding): Finding {
  return { kind, message, fields: { kind, path, hint: HINTS[kind] } };
}

/** What would become of one file. */
export function plannedFile({ path, artifactId, outcome, placement, bytes, moved }: AddedSource): JsonItem {
  return { type: "planned_file", path, artifact_id: artifactId, outcome, placement, bytes, moved };
}

/** Sources that a dry run leaves out. */
export function notFetchedPart(names: readonly string[]): Part {
  return {
    items: () => names.map((path) => ({ type: "planned_source", path })),
    blocks: () => names.map((name) => ({ block: "line", text: `Not fetched: ${quote(name)}` })),
  };
}

/** How far it is; `elapsedMs` since it began. */
export function addProgress(progress: AddProgress, elapsedMs: number): Progress {
  const { files, bytes, removedBefore, filesTotal, bytesTotal } = progress;
  const perSecond = (count: number): number => (elapsedMs > 0 ? Math.round((count * 1000) / elapsedMs) : 0);
  const rates = `${perSecond(files)} files/s, ${formatSize(perSecond(bytes))}/s`;
  return {
    done: bytes,
    total: bytesTotal,
    text: `${files} files, ${formatSize(bytes)}, ${rates}`,
    fields: {
      command: "add",
      files,
      files_total: filesTotal ?? null,
      bytes,
      bytes_total: bytesTotal ?? null,
      removed_before: removedBefore,
    },
  };
}

/** What was done, for the last line of `--json`. */
export function addFields(summary: AddSummary): JsonFields {
  return {
    files: summary.files,
    bytes: summary.bytes,
    stored: summary.stored,
    stored_bytes: summary.storedBytes,
    deduplicated: summary.deduplicated,
    linked: summary.linked,
    cloned: summary.cloned,
    registered: summary.registered,
    found: summary.found,
    kept: summary.kept,
    removed_before: summary.removedBefore,
    sources_kept: summary.sourcesKept,
    failed: summary.failed,
    documents: summary.documents,
    replaced: summary.replaced,
    variants: summary.variants,
    symlinks: summary.symlinks,
    special: summary.special,
    own: summary.own,
  };
}

/** Bytes that were there already: found in their place, or given another name or a copy that shares blocks. */
function showShared({ deduplicated, linked, cloned }: AddSummary): readonly (readonly [string, string])[] {
  const counted = [["deduplicated", deduplicated] as const, ["linked", linked] as const, ["cloned", cloned] as const];
  const present = counted.filter(([, count]) => count > 0);
  return (present.length === 0 ? counted.slice(0, 1) : present).map(
    ([label, count]) => [label, String(count)] as const,
  );
}

/** What was done, for people: the figures that are always of interest, and of the others those that are not 0. */
export function addBlocks(summary: AddSummary, kinds: ReadonlySet<AddFindingKind>): readonly Block[] {
  const always: readonly (readonly [string, string])[] = [
    ["files", String(summary.files)],
    ["size", formatExactSize(summary.bytes)],
    ["stored", summary.stored === 0 ? "0" : `${summary.stored}, ${formatExactSize(summary.storedBytes)}`],
    ...showShared(summary),
    ["found already", String(summary.found)],
    ["new documents", String(summary.documents)],
  ];
  const counted: readonly (readonly [string, number])[] = [
    ["registered in place", summary.registered],
    ["changed, kept", summary.kept],
    ["removed before, passed over", summary.removedBefore],
    ["changed, replaced", summary.replaced],
    ["changed, as variants", summary.variants],
    ["stored, not moved", summary.sourcesKept],
    ["failed", summary.failed],
    ["skipped symlinks", summary.symlinks],
    ["skipped special files", summary.special],
    ["skipped own files", summary.own],
  ];
  const present = counted.filter(([, count]) => count > 0).map(([label, count]) => [label, String(count)] as const);
  const advice = Object.entries(HINTS).filter(([kind]) => [...kinds].some((each) => each === kind));
  return [
    { block: "pairs", rows: [...always, ...present] },
    ...advice.map(([, text]) => ({ block: "advice", text }) as const),
  ];
}
