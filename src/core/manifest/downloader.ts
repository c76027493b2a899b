import type { ManifestEntry, ManifestObject, ManifestRendering } from "./manifest-entry.ts";
import {
  isAbsent,
  readContentType,
  readName,
  readOptionalName,
  readSha256,
  readSize,
  readTimestamp,
  showValue,
} from "./read-field.ts";

/** The newest schema of the downloader's manifest that this package knows. */
export const DOWNLOADER_SCHEMA_VERSION = 5;

/** The resolver of lines that name none. */
export const UNKNOWN_RESOLVER = "unknown";

/** Classifications of outcomes that stored nothing although something was asked for. */
const FAILURES: ReadonlySet<unknown> = new Set(["miss", "http_error", "html_too_large", "payload_too_large"]);

// Most lines of a manifest are one of these; one object does for all of them.
const ATTEMPT: ManifestEntry = { kind: "attempt" };
const OTHER: ManifestEntry = { kind: "other" };
const FAILURE: ManifestEntry = { kind: "failure" };
const SKIP: ManifestEntry = { kind: "skip" };
const DRY_RUN: ManifestEntry = { kind: "dryRun" };

/**
 * Reads one line of the downloader's manifest, schema v5. What every outcome needs to be understood is checked first:
 * `work_id`, `dry_run`, `classification`. The rest counts only where a file was stored, so that an odd size in a line
 * about a failed request is nobody's trouble.
 * @throws {TypeError | RangeError | SyntaxError} when the line cannot be used; the message names field and value
 */
export function parseDownloaderLine(line: ManifestObject): ManifestEntry {
  const type = line["record_type"];
  if (type === "attempt") return ATTEMPT;
  if (type !== "manifest") return OTHER;
  const artifactId = readArtifactId(line["work_id"]);
  const classification = readOptionalName("classification", line["classification"]);
  if (readDryRun(line["dry_run"])) return DRY_RUN;
  if (classification === "skipped") return SKIP;
  const path = readOptionalName("path", line["path"]);
  if (path === null || FAILURES.has(classification)) return FAILURE;
  return {
    kind: "outcome",
    artifactId,
    sourceUrl: readSourceUrl(line),
    resolver: readOptionalName("resolver", line["resolver"]) ?? UNKNOWN_RESOLVER,
    contentType: readContentType("content_type", line["content_type"]),
    path,
    bytes: readSize("content_length", line["content_length"]),
    sha256: readSha256("sha256", line["sha256"]),
    createdAt: readTimestamp("timestamp", line["timestamp"]),
    runId: readOptionalName("run_id", line["run_id"]),
    renderings: readRenderings(line),
  };
}

/** The version of a line that is newer than {@link DOWNLOADER_SCHEMA_VERSION}, if it is. */
export function findNewerSchema(line: ManifestObject): number | undefined {
  const version = line["schema_version"];
  return typeof version === "number" && version > DOWNLOADER_SCHEMA_VERSION ? version : undefined;
}

function readArtifactId(value: unknown): string {
  if (value === undefined || value === null)
    throw new TypeError("Cannot use the line: it has no artifact id (work_id)");
  return readName("work_id", value);
}

function readDryRun(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === undefined || value === null) return false;
  throw new TypeError(`Cannot use dry_run ${showValue(value)}: expected true or false`);
}

function readSourceUrl(line: ManifestObject): string {
  const url = readOptionalName("url", line["url"]) ?? readOptionalName("canonical_url", line["canonical_url"]);
  if (url === null) throw new TypeError("Cannot use the line: it has neither url nor canonical_url");
  return url;
}

const NO_RENDERINGS: readonly ManifestRendering[] = [];

function readRenderings(line: ManifestObject): readonly ManifestRendering[] {
  const pages = line["html_paths"] ?? NO_RENDERINGS;
  const text = line["extracted_text_path"];
  if (!Array.isArray(pages)) {
    throw new TypeError(`Cannot use html_paths ${showValue(pages)}: expected a list of paths`);
  }
  if (pages.length === 0 && isAbsent(text)) return NO_RENDERINGS;
  const renderings = pages.map((page: unknown, index): ManifestRendering => {
    const variant = index === 0 ? "html" : `html-${index + 1}`;
    return { variant, path: readName(`html_paths[${index}]`, page) };
  });
  if (!isAbsent(text)) renderings.push({ variant: "text", path: readName("extracted_text_path", text) });
  return renderings;
}
