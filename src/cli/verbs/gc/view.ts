import type {
  ApplySummary,
  CollectPlan,
  CollectProgress,
  CollectReport,
  UnknownFile,
} from "../../../catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../catalog/plan/plan.ts";
import { quote } from "../../../core/messages/quote.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import type { FileActionKind, FileReason, PlanAction } from "../../../core/plan/plan-action.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import { formatCount, formatExactSize, formatSizeCell, formatTime } from "../../output/human-text.ts";
import type { Block, Column, Finding, JsonFields, Part, Progress } from "../../output/part.ts";
import type { ActionCounts } from "./_action-counts.ts";

const COLUMNS: readonly Column[] = [
  { title: "ACTION" },
  { title: "SIZE", align: "right" },
  { title: "SINCE" },
  { title: "WHY" },
  { title: "FILE", shrink: true },
];

const ACTION_TEXTS: Readonly<Record<FileActionKind, string>> = {
  delete: "delete",
  trash: "trash",
  drop_staged: "drop",
  give_back: "give back",
  share: "share",
};

const REASON_TEXTS: Readonly<Record<FileReason, string>> = {
  unreferenced: "unreferenced",
  abandoned: "never registered",
  unknown: "unknown",
  dead_process: "left by a process that is gone",
  dead_run: "left by a collector that is gone",
  trash_expired: "was in the trash for long enough",
  quarantine_expired: "was in quarantine for long enough",
  empty_folder: "empty folder",
  duplicate: "duplicate",
};

/** Lines of a plan. */
export function planPart(
  actions: readonly PlanAction[],
  { continued = false }: { readonly continued?: boolean } = {},
): Part {
  return {
    items: () => actions.map(planItem),
    blocks: ({ verbose }) => [
      { block: "table", columns: COLUMNS, rows: actions.map((action) => planRow(action, verbose)), continued },
    ],
  };
}

function planItem({ action, uri, bytes, since, ripeAt, reason }: PlanAction): ReturnType<Part["items"]>[number] {
  return { type: "plan", action, uri, path: findLocalPath(uri) ?? null, bytes, since, ripe_at: ripeAt, reason };
}

function planRow({ action, uri, bytes, since, reason }: PlanAction, verbose: boolean): readonly string[] {
  return [
    ACTION_TEXTS[action as FileActionKind],
    formatSizeCell(bytes, verbose),
    since === null ? "-" : formatTime(since),
    REASON_TEXTS[reason as FileReason],
    findLocalPath(uri) ?? uri,
  ];
}

/** A line of a plan that was not done. */
export function planFinding({ kind, message, action }: PlanFinding): Finding {
  const { action: what, uri, bytes, reason } = action;
  return { kind, message, fields: { kind, action: what, uri, path: findLocalPath(uri) ?? null, bytes, reason } };
}

/** A file of which nobody knows whose it is. */
export function unknownFinding({ name, uri, bytes, objection }: UnknownFile): Finding {
  const stays = objection === undefined ? "nobody knows whose it is" : `it ${objection}`;
  const fields = { kind: "unknown", name, uri: uri ?? null, bytes, objection: objection ?? null };
  return { kind: "unknown", message: `${quote(name)}: ${stays}.`, fields };
}

/** How far a collection is. */
export function collectProgress({ phase, done, total }: CollectProgress): Progress {
  const text = formatCount(done, phase === "look" ? "name" : "line");
  return { done, total, text, fields: { command: "gc", phase, done, total: total ?? null } };
}

/** What was found, for the last line of `--json`. */
export function planFields({ report, size }: CollectPlan): JsonFields {
  return {
    ...reportFields(report),
    applied: false,
    complete: true,
    actions: size,
    removed: 0,
    removed_bytes: 0,
    given_back: 0,
    findings: 0,
    freed_bytes: report.freedBytes,
    may_share_blocks: report.mayShareBlocks,
  };
}

/** What was done, likewise. What was not looked at, as a plan was read, is `null`. */
export function appliedFields(summary: ApplySummary, report: CollectReport | undefined): JsonFields {
  const { operationId, complete, removed, givenBack, findings, freedBytes, mayShareBlocks } = summary;
  return {
    ...reportFields(report),
    applied: true,
    complete,
    actions: removed.files,
    removed: removed.files,
    removed_bytes: removed.bytes,
    given_back: givenBack,
    findings,
    freed_bytes: freedBytes,
    may_share_blocks: mayShareBlocks,
    operation_id: operationId,
  };
}

function reportFields(report: CollectReport | undefined): JsonFields {
  return {
    live: report?.live.files ?? null,
    live_bytes: report?.live.bytes ?? null,
    orphaned: report?.orphaned.files ?? null,
    orphaned_bytes: report?.orphaned.bytes ?? null,
    ripe: report?.ripe.files ?? null,
    ripe_bytes: report?.ripe.bytes ?? null,
    unknown: report?.unknown.files ?? null,
    unknown_bytes: report?.unknown.bytes ?? null,
    next_ripe_at: report?.nextRipeAt ?? null,
    noted: report?.noted ?? false,
  };
}

/** What {@link planBlocks} tells beside a plan. */
export interface PlanView {
  /** Where the plan was written. */
  readonly file: string | undefined;
  /** Why it could not be noted since when files are unreferenced. */
  readonly refusal: string | undefined;
  /** What the plan would do. */
  readonly counts: ActionCounts;
}

/** What was found, for people. */
export function planBlocks({ report, size }: CollectPlan, { file, refusal, counts }: PlanView): readonly Block[] {
  const would = counts.describe("would");
  const frees = report.freedBytes > 0 ? `, which frees ${describeFreed(report)}` : "";
  const what = would === undefined ? "There is nothing to collect now." : `Would ${would}${frees}.`;
  const lines = [what];
  if (refusal !== undefined) lines.push(`It is not noted since when files are unreferenced: ${refusal}.`);
  if (file !== undefined) lines.push(`The plan is in ${file}.`);
  return [...(size > 0 ? [GAP] : []), ...reportBlocks(report), GAP, ...lines.map(toLine)];
}

const GAP: Block = { block: "gap" };

function toLine(text: string): Block {
  return { block: "line", text };
}

function reportBlocks({ live, orphaned, ripe, unknown, nextRipeAt }: CollectReport): readonly Block[] {
  const rows: [string, string][] = [
    ["live", describeCount(live)],
    ["unreferenced", describeCount(orphaned)],
    ["may go now", describeCount(ripe)],
    ["unknown", `${describeCount(unknown)}${unknown.files > 0 ? ", left alone" : ""}`],
  ];
  if (nextRipeAt !== undefined) rows.push(["next may go", formatTime(nextRipeAt)]);
  return [{ block: "pairs", rows }];
}

function describeCount({ files, bytes }: CollectReport["live"]): string {
  return files === 0 ? "none" : `${formatCount(files, "file")}, ${formatExactSize(bytes)}`;
}

/** What was done, for people. */
export function appliedBlocks(summary: ApplySummary, counts: ActionCounts): readonly Block[] {
  const { operationId, complete, findings, freedBytes } = summary;
  const did = counts.describe("did");
  const frees = freedBytes > 0 ? `, which freed ${describeFreed(summary)}` : "";
  const lines = [did === undefined ? "Nothing was collected." : `${capitalize(did)}${frees}.`];
  if (findings > 0) lines.push(`${formatCount(findings, "line")} of the plan did not hold any more: nothing was done.`);
  if (!complete) lines.push("The time was over before the end: the next run goes on.");
  if (did !== undefined) lines.push(`The operation is ${operationId}.`);
  return [...(did === undefined ? [] : [GAP]), ...lines.map(toLine)];
}

function describeFreed({
  freedBytes,
  mayShareBlocks,
}: {
  readonly freedBytes: number;
  readonly mayShareBlocks: boolean;
}): string {
  return `${mayShareBlocks ? "at most " : ""}${formatExactSize(freedBytes)}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The command that comes next when something was collected. */
export function nextOfApplied({ complete }: ApplySummary, report: CollectReport | undefined): string {
  if (!complete) return "gc --apply";
  return report?.nextRipeAt === undefined ? "stats" : `gc --apply, from ${formatTime(report.nextRipeAt)} on`;
}

/** The command that comes next when nothing was. */
export function nextOf(
  { report, size }: CollectPlan,
  flags: {
    readonly plan: string | undefined;
    readonly orphans: number | undefined;
    readonly quarantine: number | undefined;
    readonly trash: boolean;
    readonly unknown: boolean;
  },
): string {
  const plan = flags.plan === undefined ? "" : ` --plan ${quoteForShell(flags.plan)}`;
  const said = [
    ...(flags.orphans === undefined ? [] : [`--orphans ${flags.orphans}`]),
    ...(flags.quarantine === undefined ? [] : [`--quarantine ${flags.quarantine}`]),
    ...(flags.trash ? ["--trash"] : []),
    ...(flags.unknown ? ["--unknown"] : []),
  ];
  if (size > 0) return ["gc --apply", ...(plan === "" ? said : [])].join(" ") + plan;
  if (report.nextRipeAt !== undefined) return `gc --apply, from ${formatTime(report.nextRipeAt)} on`;
  return "stats";
}
