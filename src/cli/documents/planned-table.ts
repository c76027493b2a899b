import type { AddedSource } from "../../catalog/add/add-options.ts";
import { formatSizeCell } from "../output/human-text.ts";
import type { Block, Column, JsonItem, Part, TextStyle } from "../output/part.ts";

/** What would become of a file. */
export type PlannedFile = Pick<AddedSource, "path" | "outcome" | "placement" | "bytes" | "moved">;

/** So many files stand in one table. */
const PAGE = 1000;

const COLUMNS: readonly Column[] = [
  { title: "FILE" },
  { title: "WOULD" },
  { title: "SIZE", align: "right" },
  { title: "PATH", shrink: true },
];

/** What a dry run says in the end. */
export const NOTHING_WRITTEN: Block = { block: "line", text: "This was a dry run: nothing was written." };

const OF_CHANGE: Readonly<Record<string, string>> = {
  kept: "keep what is there",
  replaced: "replace what is there",
  variant: "add as a variant",
};

/** How what was removed on purpose is told. */
const REMOVED_BEFORE = "removed_before";

const OF_NEW: Readonly<Record<PlannedFile["placement"], string>> = {
  stored: "store",
  linked: "link to stored bytes",
  cloned: "share stored bytes",
  dedup: "register stored bytes",
  none: "register",
  inPlace: "register where it is",
};

function nameOf({ outcome }: PlannedFile): string {
  if (outcome === REMOVED_BEFORE) return "removed";
  if (outcome === "created" || outcome === "placed") return "new";
  return OF_CHANGE[outcome] === undefined ? "known" : "changed";
}

function describe({ outcome, placement, moved }: PlannedFile): string {
  if (outcome === REMOVED_BEFORE) return "pass over";
  const isKnown = outcome === "found" || outcome === "completed";
  const isThere = placement === "dedup" || placement === "inPlace" || placement === "none";
  const known = isThere ? "nothing" : "take in";
  const what = OF_CHANGE[outcome] ?? (isKnown ? known : OF_NEW[placement]);
  return moved ? `${what}, remove the file` : what;
}

/** What would become of files, in parts. `itemOf` gives the line of `--json` for one of them. */
export function* plannedParts<File extends PlannedFile>(
  files: readonly File[],
  itemOf: (file: File) => JsonItem,
): Generator<Part, void, undefined> {
  for (let at = 0; at < files.length; at += PAGE) {
    const page = files.slice(at, at + PAGE);
    yield { items: () => page.map(itemOf), blocks: (style) => [plannedTable(page, style, { continued: at > 0 })] };
  }
}

function plannedTable(
  files: readonly PlannedFile[],
  { verbose }: TextStyle,
  { continued }: { readonly continued: boolean },
): Block {
  const rows = files.map((file) => [nameOf(file), describe(file), formatSizeCell(file.bytes, verbose), file.path]);
  return { block: "table", columns: COLUMNS, rows, continued };
}
