import type { ManifestObject } from "./manifest-entry.ts";

/** The kinds of lines that the downloader writes. */
const DOWNLOADER_RECORDS: ReadonlySet<unknown> = new Set(["attempt", "manifest", "summary"]);

/**
 * What wrote a manifest, judged by one of its lines: the downloader labels each with a `record_type`, and its outcomes
 * and attempts with a `schema_version`; everything else is generic JSONL.
 */
export function detectFormat(line: ManifestObject): "downloader" | "jsonl" {
  const type = Object.hasOwn(line, "record_type") ? line["record_type"] : undefined;
  if (typeof type !== "string") return "jsonl";
  return DOWNLOADER_RECORDS.has(type) || Object.hasOwn(line, "schema_version") ? "downloader" : "jsonl";
}
