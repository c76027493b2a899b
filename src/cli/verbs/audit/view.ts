import { AUDIT_KINDS, type AuditFinding, type AuditKind, auditFinding } from "../../../catalog/audit/audit-finding.ts";
import type { AuditProgress, AuditSummary } from "../../../catalog/audit/audit-options.ts";
import { AuditTally } from "../../../catalog/audit/audit-tally.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";
import { formatCount, formatExactSize, formatSizeCell } from "../../output/human-text.ts";
import type { Block, Column, JsonFields, JsonItem, Part, Progress, TextStyle } from "../../output/part.ts";
import type { ShownFindings } from "./_shown-findings.ts";

/** What people call the kinds. */
const TITLES: Readonly<Record<AuditKind, string>> = {
  database: "Damage to the database",
  log: "Damage to the log",
  marker: "Markers of the root",
  bad_row: "Rows with a value that cannot be",
  dangling_variant: "Variants without their document",
  missing: "Files that are missing",
  size_mismatch: "Files of another size",
  known_bad: "Known to be bad",
  quarantined: "In quarantine",
  orphan: "Files that nothing refers to",
  unknown: "Files that nobody knows",
  leftover: "Left by processes that are gone",
};

/** Kinds of which the sentence says more than the place. */
const TOLD: ReadonlySet<AuditKind> = new Set(["database", "log", "marker", "bad_row", "dangling_variant"]);

/** Findings for programs; people see the first of each kind at the end. */
export function findingsPart(findings: readonly AuditFinding[]): Part {
  return { items: () => findings.map(findingItem), blocks: () => [] };
}

function findingItem({ kind, reason, message, uri, path, row, bytes, expectedBytes }: AuditFinding): JsonItem {
  const about = { uri, path, table: row?.table ?? null, id: row?.id ?? null };
  return { type: "finding", kind, message: `${message}.`, reason, ...about, bytes, expected_bytes: expectedBytes };
}

/** How far an audit is. */
export function auditProgress({ phase, done }: AuditProgress): Progress {
  const text = phase === "database" ? "database" : formatCount(done, phase === "files" ? "file" : "row");
  return { done, total: undefined, text, fields: { command: "audit", phase, done } };
}

/** What was found, for the last line of `--json`. */
export function auditFields(summary: AuditSummary): JsonFields {
  const { findings, files, elsewhere, givenBack, tables, sha256, steady, untold } = summary;
  return {
    findings,
    by_kind: kindFields(summary),
    files: files.files,
    files_bytes: files.bytes,
    elsewhere,
    given_back: givenBack,
    tables: tables.map((table) => ({ ...table })),
    sha256,
    steady,
    untold,
  };
}

function kindFields({ byKind }: Pick<AuditSummary, "byKind">): JsonFields {
  return Object.fromEntries(
    AUDIT_KINDS.map((kind) => [kind, { count: byKind[kind].files, bytes: byKind[kind].bytes }]),
  );
}

/** What was found, for people: a verdict, and a table for each kind. */
export function auditBlocks(summary: AuditSummary, shown: ShownFindings, style: TextStyle): readonly Block[] {
  const { givenBack, untold, sha256, steady } = summary;
  const more: string[] = [];
  if (givenBack > 0) more.push(`${formatCount(givenBack, "file")} got its name back that a collector had taken.`);
  if (untold.length > 0) more.push(`There may be more: ${untold.map(toWords).join(", ")}.`);
  if (sha256 !== null && style.verbose) more.push(`The rows hash to ${sha256}${steady ? "" : ", while others wrote"}.`);
  return [
    { block: "line", text: tellVerdict(summary) },
    ...more.map((text) => ({ block: "line", text }) as const),
    ...AUDIT_KINDS.flatMap((kind) => kindBlocks(kind, { summary, shown, style })),
  ];
}

function tellVerdict({ findings, byKind, files, tables }: AuditSummary): string {
  const [documents, variants] = tables;
  const rows =
    documents === undefined || variants === undefined
      ? ""
      : `${formatCount(documents.rows, "document")} and ${formatCount(variants.rows, "variant")} against `;
  const compared = `${rows}${formatCount(files.files, "file")}, ${formatExactSize(files.bytes)}`;
  if (findings === 0) return `Nothing is wrong: ${compared}.`;
  const kinds = AUDIT_KINDS.filter((kind) => byKind[kind].files > 0);
  return `${formatCount(findings, "finding")} (${kinds.map((kind) => `${byKind[kind].files} ${toWords(kind)}`).join(", ")}): ${compared}.`;
}

function toWords(kind: AuditKind): string {
  return kind.replaceAll("_", " ");
}

function kindBlocks(
  kind: AuditKind,
  {
    summary,
    shown,
    style,
  }: { readonly summary: AuditSummary; readonly shown: ShownFindings; readonly style: TextStyle },
): readonly Block[] {
  const { files, bytes } = summary.byKind[kind];
  if (files === 0) return [];
  const some = shown.of(kind);
  const size = bytes === 0 ? "" : `, ${formatExactSize(bytes)}`;
  const left = files - some.length;
  return [
    { block: "gap" },
    { block: "line", text: `${TITLES[kind]}: ${files}${size}` },
    tableOf(kind, some, style),
    ...(left === 0 ? [] : [{ block: "line", text: `and ${left} more; --limit and --json have them` } as const]),
  ];
}

function tableOf(kind: AuditKind, findings: readonly AuditFinding[], { verbose }: TextStyle): Block {
  const isTold = TOLD.has(kind);
  const columns: readonly Column[] = [
    { title: "WHY" },
    ...(isTold ? [] : [{ title: "ROW" }, { title: "SIZE", align: "right" } as const]),
    { title: isTold ? "WHAT" : "FILE", shrink: true },
  ];
  const rows = findings.map((finding) => [
    finding.reason.replaceAll("_", " "),
    ...(isTold ? [] : [rowCell(finding), formatSizeCell(finding.bytes ?? finding.expectedBytes, verbose)]),
    isTold ? finding.message : placeOf(finding),
  ]);
  return { block: "table", columns, rows };
}

function rowCell({ row }: AuditFinding): string {
  return row === null ? "-" : `${row.table === "documents" ? "document" : "variant"} ${row.id ?? "?"}`;
}

function placeOf({ uri, path }: AuditFinding): string {
  return uri === null ? (path ?? "-") : (findLocalPath(uri) ?? uri);
}

/** The command that comes next. */
export function nextCommand({ byKind, findings }: AuditSummary): string {
  if (byKind.marker.files > 0) return "init";
  if (byKind.missing.files + byKind.size_mismatch.files > 0) return "verify --all --quick";
  if (byKind.orphan.files + byKind.leftover.files > 0) return "gc";
  return findings === 0 ? "verify --all" : "stats";
}

/** A catalog that cannot be opened. */
export function unopenedFinding(error: CatalogError): AuditFinding {
  const isLog = isCatalogError(error, "DIVERGED") || pathOf(error)?.endsWith(".oplog") === true;
  const about = isLog ? ({ kind: "log", reason: "damaged" } as const) : UNREADABLE;
  return auditFinding({ ...about, message: error.message, path: pathOf(error) ?? null });
}

const UNREADABLE = { kind: "database", reason: "unreadable" } as const;

function pathOf(error: CatalogError): string | undefined {
  const { details } = error;
  return "path" in details && typeof details.path === "string" ? details.path : undefined;
}

/** What can be told of it, for the last line of `--json`. */
export function unopenedFields(error: CatalogError): JsonFields {
  const tally = new AuditTally();
  const finding = unopenedFinding(error);
  tally.add(finding);
  return {
    findings: 1,
    by_kind: kindFields(tally),
    files: null,
    files_bytes: null,
    elsewhere: null,
    given_back: 0,
    tables: [],
    sha256: null,
    steady: true,
    untold: AUDIT_KINDS.filter((kind) => kind !== finding.kind),
  };
}

/** What people see of it. */
export function unopenedBlocks(error: CatalogError): readonly Block[] {
  const lines = ["The catalog cannot be opened, so that nothing else can be told.", `${error.message}.`];
  if (error.hint !== undefined) lines.push(error.hint);
  return lines.map((text) => ({ block: "line", text }) as const);
}
