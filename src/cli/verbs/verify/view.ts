import type { VerifiedBlob, VerifyProgress, VerifySummary } from "../../../catalog/verify/verify-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { findLocalPath } from "../../../core/naming/canonical-uri.ts";
import type { BadResult, VerificationReason } from "../../../core/verification/verification.ts";
import { formatCount, formatExactSize, formatHash, formatNumber, formatSize } from "../../output/human-text.ts";
import type { Block, Column, JsonFields, JsonItem, Part, Progress } from "../../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "RESULT" },
  { title: "WHY" },
  { title: "ROWS" },
  { title: "FILE", shrink: true },
];

/** Why a blob is not what is on record, as people say it. */
const REASON_TEXTS: Readonly<Record<VerificationReason, string>> = {
  hash: "other bytes",
  size: "another size",
  conflicting_records: "rows disagree",
  gone: "nothing is there",
  other_kind: "no regular file is there",
  quarantined: "was put aside",
  permission: "may not be read",
  io: "the device failed",
  changing: "changes all the time",
  no_hash: "no hash on record",
  no_store: "nobody can look there",
};

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<BadResult, string>> = {
  mismatch: "Look at the file; --quarantine moves it aside, with what is known of it.",
  missing: 'Bring the file back; "catalog why" tells what became of it.',
  unreadable: "Make the file readable, or look at its device, and verify it again.",
};

/** Whether a result is one to report. */
export function isFinding<Blob extends Pick<VerifiedBlob, "result">>(
  blob: Blob,
): blob is Blob & { readonly result: BadResult } {
  return blob.result !== "ok" && blob.result !== "unchecked";
}

/** Results, as far as they are shown: what is no failure is nothing to report. */
export function verifiedPart(
  blobs: readonly VerifiedBlob[],
  { continued = false }: { readonly continued?: boolean } = {},
): Part {
  return {
    items: ({ verbose } = { verbose: false }) =>
      blobs.flatMap((blob) => (isFinding(blob) ? toFinding(blob) : verbose ? toItem(blob) : [])),
    blocks: ({ verbose }) => {
      const rows = blobs.filter(isFinding).map((blob) => toRow(blob, verbose));
      return rows.length === 0 ? [] : [{ block: "table", columns: COLUMNS, rows, continued }];
    },
  };
}

function toFinding(blob: VerifiedBlob & { readonly result: BadResult }): JsonItem {
  const { result } = blob;
  const message = `${quote(nameOf(blob))}: ${describe(blob)}.`;
  return { type: "finding", kind: result, message, ...fieldsOf(blob), hint: HINTS[result] };
}

function toItem(blob: VerifiedBlob): JsonItem {
  return { type: "verification", result: blob.result, ...fieldsOf(blob) };
}

function fieldsOf(blob: VerifiedBlob): JsonFields {
  const { uri, reason, strength, expected, actual, checkedAt, documents, variants, quarantine } = blob;
  return {
    reason,
    strength,
    uri,
    path: findLocalPath(uri) ?? null,
    expected_sha256: expected.sha256,
    expected_bytes: expected.bytes,
    actual_sha256: actual.sha256,
    actual_bytes: actual.bytes,
    checked_at: checkedAt,
    documents,
    variants,
    quarantine,
  };
}

/** One row of the table. */
function toRow(blob: VerifiedBlob, verbose: boolean): readonly string[] {
  const { result, documents, variants, quarantine } = blob;
  const why = verbose ? describe(blob) : `${reasonOf(blob)}${quarantine === null ? "" : ", put aside"}`;
  const rows = [...documents.map(String), ...variants.map((id) => `variant ${id}`)];
  const shown = verbose || rows.length <= SHOWN_ROWS ? rows : [...rows.slice(0, SHOWN_ROWS), "…"];
  return [result, why, shown.join(", "), nameOf(blob)];
}

/** So many rows of one file are named. */
const SHOWN_ROWS = 3;

function nameOf({ uri }: VerifiedBlob): string {
  return findLocalPath(uri) ?? uri;
}

function reasonOf({ reason }: VerifiedBlob): string {
  return reason === null ? "-" : REASON_TEXTS[reason];
}

/** What is wrong, with what is on record and what is there. */
function describe(blob: VerifiedBlob): string {
  const { reason, expected, actual, quarantine } = blob;
  const aside = quarantine === null ? "" : `; its bytes are in ${findLocalPath(quarantine) ?? quarantine}`;
  if (reason === "size") {
    return `${formatBytes(actual.bytes)} there, ${formatBytes(expected.bytes)} on record${aside}`;
  }
  if (reason !== "hash") return `${reasonOf(blob)}${aside}`;
  const hashes = `${formatHash(actual.sha256, false)}, not ${formatHash(expected.sha256, false)} as on record`;
  return `its bytes hash to ${hashes}${aside}`;
}

function formatBytes(bytes: number | null): string {
  return bytes === null ? "unknown" : formatCount(bytes, "byte");
}

/** How far it is; `bytesPerSecond` is that of the run. */
export function verifyProgress({ done, total, bytes }: VerifyProgress, bytesPerSecond: number): Progress {
  const text = `${formatNumber(done)} of ${formatNumber(total)} files, ${formatSize(bytes)}, ${formatSize(bytesPerSecond)}/s`;
  return { done, total, text, fields: { command: "verify", done, total, bytes } };
}

/** What was done, for the last line of `--json`. */
export function verifyFields(summary: VerifySummary): JsonFields {
  const { ok, mismatch, missing, unreadable, unchecked, bytes, complete, left, oldest, knownBad } = summary;
  return {
    ok,
    mismatch,
    missing,
    unreadable,
    unchecked,
    bytes,
    complete,
    left,
    oldest,
    known_bad: knownBad,
    quarantined: summary.quarantined,
    hashes_recorded: summary.hashesRecorded,
    remembered: summary.notRememberedBecause === undefined,
  };
}

/** What was done, for people. */
export function verifyBlocks(summary: VerifySummary, { hasTable }: { readonly hasTable: boolean }): readonly Block[] {
  const { bytes, left, complete, knownBad, quarantined, hashesRecorded } = summary;
  const lines = [`${describeCounts(summary)}.`];
  if (bytes > 0) lines.push(`Read ${formatExactSize(bytes)}.`);
  if (quarantined > 0) lines.push(`Put ${formatCount(quarantined, "file")} aside.`);
  if (hashesRecorded > 0)
    lines.push(`Recorded ${hashesRecorded === 1 ? "1 hash" : `${formatNumber(hashesRecorded)} hashes`}.`);
  if (knownBad > 0) lines.push(`${formatCount(knownBad, "file")} known to be bad ${was(knownBad)} not read this time.`);
  if (!complete) lines.push(`The budget ended it: ${formatCount(left, "file")} ${left === 1 ? "is" : "are"} left.`);
  const blocks = lines.map((text) => ({ block: "line", text }) as const);
  return hasTable ? [{ block: "gap" }, ...blocks] : blocks;
}

function was(count: number): string {
  return count === 1 ? "was" : "were";
}

/** Like `9,998 ok, 1 mismatch, 1 missing; 3 unchecked`. */
function describeCounts({ ok, mismatch, missing, unreadable, unchecked }: VerifySummary): string {
  const counts = Object.entries({ mismatch, missing, unreadable }).filter(([, count]) => count > 0);
  const parts = [["ok", ok] as const, ...counts].map(([name, count]) => `${formatNumber(count)} ${name}`);
  if (ok + unchecked === 0 && counts.length === 0) return "Nothing was due";
  return `${parts.join(", ")}${unchecked > 0 ? `; ${formatNumber(unchecked)} unchecked` : ""}`;
}
