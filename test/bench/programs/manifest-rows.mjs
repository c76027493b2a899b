/* The rows of a downloader's manifest as our import makes them, written out as plainly as can be for the peers. */
import { closeSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { pathToFileURL } from "node:url";

const CHUNK_BYTES = 1024 * 1024;

const STORED_NOTHING = new Set(["miss", "http_error", "skipped", "html_too_large", "payload_too_large"]);

/** Yields `{ document, variants }`, each an array of the values of a row without its id. */
export function* readRows(manifest) {
  const folder = dirname(resolve(manifest));
  for (const line of readLines(manifest)) {
    const outcome = parseOutcome(line);
    if (outcome !== undefined) yield rowsOf(outcome, folder);
  }
}

/** Synchronous, as that is what better-sqlite3 is for and what is fastest. */
function* readLines(path) {
  const file = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = "";
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
    const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  closeSync(file);
  if (rest !== "") yield rest;
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
  const names = entry.html_paths.map((path, index) => [index === 0 ? "html" : `html-${index + 1}`, path]);
  if (entry.extracted_text_path) names.push(["text", entry.extracted_text_path]);
  const key = [entry.work_id, entry.url, entry.resolver ?? "unknown"];
  const content = [entry.content_type, entry.content_length, entry.sha256, uriOf(entry.path)];
  return {
    document: [...key, ...content, at, at, entry.run_id],
    variants: names.map(([name, path]) => [name, uriOf(path), null, null, null, at]),
  };
}
