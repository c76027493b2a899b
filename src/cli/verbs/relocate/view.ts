import type {
  RelocateFinding,
  RelocateFindingKind,
  RelocateProgress,
  RelocateSummary,
  Relocation,
} from "../../../catalog/relocate/relocate-options.ts";
import { formatCount } from "../../output/human-text.ts";
import type { Block, Finding, JsonFields, Progress } from "../../output/part.ts";

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<RelocateFindingKind, string>> = {
  gone: "Bring the file to its new place and relocate again, or relocate it all the same with --allow-missing.",
  wrong_size: "Look at the file: it is not the one that was registered.",
  unreadable: "Make the file readable and relocate again.",
};

/** Something about one row. */
export function relocateFinding({ kind, message, documentId, variant, path }: RelocateFinding): Finding {
  return { kind, message, fields: { kind, document_id: documentId, variant, path, hint: HINTS[kind] } };
}

/** How far a relocation is. */
export function relocateProgress({ rows }: RelocateProgress): Progress {
  return { done: rows, total: undefined, text: formatCount(rows, "row"), fields: { command: "relocate", rows } };
}

/** What a relocation did, for the last line of `--json`. */
export function relocateFields({ documents, variants, missing, left }: RelocateSummary): JsonFields {
  return { documents, variants, missing, findings: left };
}

/** What a relocation did, for people. */
export function relocateBlocks(
  { documents, variants, missing, left }: RelocateSummary,
  { from, to, applied }: Relocation & { readonly applied: boolean },
): readonly Block[] {
  const lines: string[] = [];
  const rows = `${formatCount(documents, "document")} and ${formatCount(variants, "variant")}`;
  if (documents + variants > 0)
    lines.push(`${applied ? "Relocated" : "Would relocate"} ${rows} from ${from} to ${to}.`);
  else lines.push(left > 0 ? "Nothing was relocated." : `Nothing to relocate: no row is stored in ${from}.`);
  if (missing > 0) lines.push(`${formatCount(missing, "file")} of them ${missing === 1 ? "is" : "are"} not there.`);
  if (left > 0) lines.push(`${formatCount(left, "row")} ${applied ? "stayed" : "would stay"} as before.`);
  return lines.map((text) => ({ block: "line", text }) as const);
}
