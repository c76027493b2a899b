/* The rows of a downloader's manifest as our import makes them, written out as plainly as can be for the peers. */
import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const STORED_NOTHING = new Set(["miss", "http_error", "skipped", "html_too_large", "payload_too_large"]);

/** Yields `{ document, variants }`, each an array of the values of a row without its id. */
export async function* readRows(manifest) {
  const folder = dirname(resolve(manifest));
  for await (const line of createInterface({ input: createReadStream(manifest), crlfDelay: Infinity })) {
    const outcome = parseOutcome(line);
    if (outcome !== undefined) yield rowsOf(outcome, folder);
  }
}

function parseOutcome(line) {
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined; // torn on purpose
  }
  if (entry.record_type !== "manifest" || !entry.path || entry.dry_run || !entry.work_id) return undefined;
  if (STORED_NOTHING.has(entry.classification) || entry.path.startsWith("..")) return undefined;
  return typeof entry.content_length === "number" ? entry : undefined;
}

function rowsOf(entry, folder) {
  const uriOf = (path) => pathToFileURL(resolve(folder, path)).href;
  const at = new Date(entry.timestamp).toISOString();
  const names = entry.html_paths.map((path, index) => [index === 0 ? "html" : `html-${index + 1}`, path, "text/html"]);
  if (entry.extracted_text_path) names.push(["text", entry.extracted_text_path, "text/plain"]);
  const key = [entry.work_id, entry.url, entry.resolver ?? "unknown"];
  const content = [entry.content_type, entry.content_length, entry.sha256, uriOf(entry.path)];
  return {
    document: [...key, ...content, at, at, entry.run_id],
    variants: names.map(([name, path, type]) => [name, uriOf(path), 0, type, null, at]),
  };
}
