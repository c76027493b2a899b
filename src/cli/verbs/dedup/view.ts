import type { ApplySummary, CollectProgress } from "../../../catalog/collect/collect-options.ts";
import type { DedupPlan, DedupPlanReport, DedupProgress } from "../../../catalog/dedup/dedup-options.ts";
import type { PlanFinding } from "../../../catalog/plan/plan.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { formatCount, formatExactSize, formatSizeCell } from "../../output/human-text.ts";
import type { Block, Column, Finding, JsonFields, Part, Progress } from "../../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "SIZE", align: "right" },
  { title: "FILE" },
  { title: "GETS THE BYTES OF", shrink: true },
];

/** Names that share bytes, or would. */
export function sharesPart(actions: readonly PlanAction[], { continued }: { readonly continued: boolean }): Part {
  return {
    items: () => actions.map((action) => ({ type: "share", ...filesOf(action) })),
    blocks: ({ verbose }) => [
      { block: "table", columns: COLUMNS, rows: actions.map((action) => shareRow(action, verbose)), continued },
    ],
  };
}

function filesOf({ uri, from = uri, bytes }: PlanAction): JsonFields & { readonly bytes: number } {
  return { uri, path: findLocalPath(uri) ?? null, from, from_path: findLocalPath(from) ?? null, bytes };
}

function shareRow({ uri, from = uri, bytes }: PlanAction, verbose: boolean): readonly string[] {
  return [formatSizeCell(bytes, verbose), findLocalPath(uri) ?? uri, findLocalPath(from) ?? from];
}

/** A name that does not share bytes though a plan says so. */
export function dedupFinding({ kind, message, action }: PlanFinding): Finding {
  return { kind, message, fields: { kind, ...filesOf(action) } };
}

/** How far it is with looking. */
export function lookProgress({ groups, actions }: DedupProgress): Progress {
  const fields = { command: "dedup", phase: "look", done: groups, total: null };
  return { done: groups, total: undefined, text: `${formatCount(groups, "group")}, ${actions} to share`, fields };
}

/** How far it is with what a plan says. */
export function applyProgress({ done, total }: CollectProgress): Progress {
  const fields = { command: "dedup", phase: "share", done, total: total ?? null };
  return { done, total, text: formatCount(done, "file"), fields };
}

/** What was found, for the last line of `--json`; `null` where a plan was read. */
export function reportFields(report: DedupPlanReport | undefined): JsonFields {
  return {
    groups: report?.groups ?? null,
    files: report?.files.files ?? null,
    file_bytes: report?.files.bytes ?? null,
    apart_writable: report?.apart.writable ?? null,
    apart_owned: report?.apart.owned ?? null,
    apart_missing: report?.apart.missing ?? null,
  };
}

/** What was done, or would be, likewise. */
export function resultFields(result: ApplySummary | DedupPlanReport): JsonFields {
  const { freedBytes, mayShareBlocks } = result;
  const done = "shared" in result ? result : undefined;
  return {
    applied: done !== undefined,
    shared: done?.shared.files ?? 0,
    shared_bytes: done?.shared.bytes ?? 0,
    findings: done?.findings ?? 0,
    freed_bytes: freedBytes,
    may_share_blocks: mayShareBlocks,
  };
}

/** What would be done, for people. */
export function planBlocks({ report, size }: DedupPlan, file: string | undefined): readonly Block[] {
  const would = `Would let ${formatCount(size, "file")} share the bytes of others, which frees ${describeFreed(report)}.`;
  const lines = [size === 0 ? "There is nothing to share." : would, ...apartLines(report)];
  if (file !== undefined) lines.push(`The plan is in ${file}.`);
  return [...(size > 0 ? [GAP] : []), ...lines.map(toLine)];
}

/** Why files stay apart, of one and of several. */
const APART = {
  writable: ["others than the owner may write to it", "others than the owner may write to them"],
  owned: [
    "it has another owner or mode, or is registered where it lies",
    "they have another owner or mode, or are registered where they lie",
  ],
  missing: ["no file of its size is there", "no files of their sizes are there"],
} as const;

function apartLines({ apart }: DedupPlanReport): readonly string[] {
  return (["writable", "owned", "missing"] as const).flatMap((why) => {
    const [one, several] = APART[why];
    if (apart[why] === 0) return [];
    return apart[why] === 1 ? [`1 file stays apart: ${one}.`] : [`${apart[why]} files stay apart: ${several}.`];
  });
}

/** What was done, for people. */
export function doneBlocks(summary: ApplySummary): readonly Block[] {
  const { shared, findings } = summary;
  const freed = summary.freedBytes > 0 ? `, which freed ${describeFreed(summary)}` : "";
  const did = `Let ${formatCount(shared.files, "file")} share the bytes of others${freed}.`;
  const lines = [shared.files === 0 ? "Nothing was shared." : did];
  if (findings > 0) lines.push(`${formatCount(findings, "line")} of the plan did not hold any more: nothing was done.`);
  return [...(shared.files === 0 ? [] : [GAP]), ...lines.map(toLine)];
}

function describeFreed({ freedBytes, mayShareBlocks }: Pick<DedupPlanReport, "freedBytes" | "mayShareBlocks">): string {
  return `${mayShareBlocks ? "at most " : ""}${formatExactSize(freedBytes)}`;
}

const GAP: Block = { block: "gap" };

function toLine(text: string): Block {
  return { block: "line", text };
}
