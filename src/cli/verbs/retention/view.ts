import type { ApplySummary, CollectProgress } from "../../../catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../catalog/plan/plan.ts";
import type { RetentionProgress, RetentionReport } from "../../../catalog/retention/retention-options.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { DROP_REASONS, type DropReason, KEEP_REASONS, type KeepReason } from "../../../core/retention/reasons.ts";
import type { UnmetCap } from "../../../core/retention/unmet-cap.ts";
import { formatCount, formatExactSize, formatNumber, formatSizeCell, formatTime } from "../../output/human-text.ts";
import type { Block, Column, Finding, JsonFields, Part, Progress } from "../../output/part.ts";

/** So many rows that go are shown to people, unless they want all. */
export const SHOWN_ROWS = 50;

const ROW_COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "ARTIFACT", shrink: true },
  { title: "SIZE", align: "right" },
  { title: "CREATED" },
  { title: "WHY" },
  { title: "FILE", shrink: true },
];

const REASON_COLUMNS: readonly Column[] = [{ title: "ROWS", align: "right" }, { title: "WHAT" }, { title: "WHY" }];

const DROP_TEXTS: Readonly<Record<DropReason, string>> = {
  older_than: "--older-than",
  beyond_last: "--keep-last",
  max_total_size: "--max-total-size",
  max_files: "--max-files",
  min_free: "--min-free",
};

const KEEP_TEXTS: Readonly<Record<KeepReason, string>> = {
  damaged: "damaged row",
  out_of_scope: "the policy is not about it",
  pinned: "pinned",
  leased: "its bytes are being registered",
  last_copy: "last copy",
  frees_nothing: "a cap gains nothing by it",
  min_age: "younger than --min-age",
  not_older: "not older",
  among_last: "among the newest",
  within_caps: "the caps are met",
  changed: "came or changed meanwhile",
};

/** Rows of a plan. People see those that go, `shown` of which they have seen before. */
export function rowsPart(actions: readonly PlanAction[], { shown }: { readonly shown: number }): Part {
  const going = actions.filter(isDrop);
  return {
    items: () => actions.map((action) => ({ type: "plan", action: action.action, ...fieldsOf(action) })),
    blocks: ({ verbose }) => {
      const some = verbose ? going : going.slice(0, Math.max(0, SHOWN_ROWS - shown));
      if (some.length === 0) return [];
      const rows = some.map((action) => rowOf(action, verbose));
      return [{ block: "table", columns: ROW_COLUMNS, rows, continued: shown > 0 }];
    },
  };
}

/** Whether a row goes. */
export function isDrop({ action }: PlanAction): boolean {
  return action === "drop_row";
}

function fieldsOf({ uri, bytes, reason, row }: PlanAction): JsonFields & { readonly bytes: number } {
  return {
    id: row?.id ?? 0,
    artifact_id: row?.artifactId ?? null,
    source_url: row?.sourceUrl ?? null,
    resolver: row?.resolver ?? null,
    uri,
    path: findLocalPath(uri) ?? null,
    bytes,
    sha256: row?.sha256 ?? null,
    created_at: row?.createdAt ?? null,
    updated_at: row?.updatedAt ?? null,
    reason,
  };
}

function rowOf(action: PlanAction, verbose: boolean): readonly string[] {
  const { id, artifact_id: artifactId, created_at: createdAt } = fieldsOf(action);
  return [
    String(id),
    String(artifactId),
    formatSizeCell(action.bytes, verbose),
    formatTime(String(createdAt)),
    DROP_TEXTS[action.reason as DropReason],
    findLocalPath(action.uri) ?? action.uri,
  ];
}

/** A row that a plan drops, and that stays. */
export function rowFinding({ kind, message, action }: PlanFinding): Finding {
  return { kind, label: kind.replace("_", " "), message, fields: { kind, ...fieldsOf(action) } };
}

/** A cap that cannot be met. */
export function capFinding({ cap, limit, remaining }: UnmetCap): Finding {
  const show = (value: number): string => (cap === "max_files" ? formatCount(value, "file") : formatExactSize(value));
  const flag = DROP_TEXTS[cap];
  const what = cap === "min_free" ? "would be free" : "would remain";
  const message = `${flag} asks for ${show(limit)}, and ${show(remaining)} ${what}: nothing else may go.`;
  return { kind: "unmet_cap", label: "unmet cap", message, fields: { kind: "unmet_cap", cap, limit, remaining } };
}

/** How far it is with reading rows. */
export function lookProgress({ rows }: RetentionProgress): Progress {
  const fields = { command: "retention", phase: "look", done: rows, total: null };
  return { done: rows, total: undefined, text: formatCount(rows, "row"), fields };
}

/** How far it is with what a plan says. */
export function dropProgress({ done, total }: CollectProgress): Progress {
  const fields = { command: "retention", phase: "drop", done, total: total ?? null };
  return { done, total, text: formatCount(done, "row"), fields };
}

/** What was decided, and done, for the last line of `--json`; `null` for what was not looked at. */
export function summaryFields(report: RetentionReport | undefined, done: ApplySummary | undefined): JsonFields {
  return {
    rows: report?.rows ?? null,
    dropped: done?.dropped.rows ?? report?.dropped ?? 0,
    dropped_bytes: done?.dropped.bytes ?? null,
    kept_last_copies: report === undefined ? null : (report.reasons.last_copy ?? 0),
    reasons: report === undefined ? null : { ...report.reasons },
    unmet_caps: report?.unmet.length ?? null,
    freed_files: report?.freedFiles ?? null,
    freed_bytes: report?.freedBytes ?? null,
    applied: done !== undefined,
    complete: done?.complete ?? true,
    findings: (done?.findings ?? 0) + (report?.unmet.length ?? 0),
    operation_id: done?.operationId ?? null,
  };
}

/** What was decided, for people; the copies that stay by themselves first. */
export function reportBlocks(report: RetentionReport): readonly Block[] {
  const { rows, dropped, reasons } = report;
  const { last_copy: copies = 0 } = reasons;
  const more: Block = {
    block: "line",
    text: `... and ${formatNumber(dropped - SHOWN_ROWS)} more: --verbose shows them.`,
  };
  const cells = (what: string, texts: Readonly<Record<string, string>>, names: readonly (DropReason | KeepReason)[]) =>
    names.flatMap((name) => {
      const count = reasons[name];
      return count === undefined ? [] : [[formatNumber(count), what, texts[name] ?? name]];
    });
  const table = [...cells("go", DROP_TEXTS, DROP_REASONS), ...cells("stay", KEEP_TEXTS, KEEP_REASONS)];
  return [
    ...(dropped > SHOWN_ROWS ? [more] : []),
    ...(dropped > 0 ? [GAP] : []),
    ...(copies > 0 ? [line(`kept ${copies} as last copies; --keep-copies 0 drops them`)] : []),
    ...(rows > 0 ? [{ block: "table", columns: REASON_COLUMNS, rows: table } as const, GAP] : []),
  ];
}

/** What would be done, for people. */
export function planBlocks(report: RetentionReport, file: string | undefined): readonly Block[] {
  const { rows, dropped, freedFiles, freedBytes } = report;
  const frees =
    freedFiles > 0 ? `; then no row names ${formatCount(freedFiles, "file")}, ${formatExactSize(freedBytes)}` : "";
  const would = `Would drop ${formatNumber(dropped)} of ${formatCount(rows, "row")}${frees}.`;
  const lines = [dropped === 0 ? "There is nothing to drop." : would];
  if (file !== undefined) lines.push(`The plan is in ${file}.`);
  return [...reportBlocks(report), ...lines.map(line)];
}

/** What was done, for people. */
export function doneBlocks(report: RetentionReport | undefined, summary: ApplySummary): readonly Block[] {
  const { dropped, findings, complete, operationId } = summary;
  const did = `Dropped ${formatCount(dropped.rows, "row")}; the files stay until catalog gc takes them.`;
  const lines = [dropped.rows === 0 ? "Nothing was dropped." : did];
  if (findings > 0) lines.push(`${formatCount(findings, "row")} did not go, as the plan did not hold any more.`);
  if (!complete) lines.push("The time was over before the end: the next run goes on.");
  if (dropped.rows > 0) {
    lines.push(`The operation is ${operationId}: catalog restore --plan ${operationId} --apply undoes it.`);
  }
  const gap = report === undefined && dropped.rows > 0 ? [GAP] : [];
  return [...(report === undefined ? gap : reportBlocks(report)), ...lines.map(line)];
}

const GAP: Block = { block: "gap" };

function line(text: string): Block {
  return { block: "line", text };
}
