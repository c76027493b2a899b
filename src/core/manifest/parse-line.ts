import { quote } from "../messages/quote.ts";
import { cleanSecrets } from "../secrets/clean-secrets.ts";
import { detectFormat } from "./detect-format.ts";
import { findNewerSchema, parseDownloaderLine } from "./downloader.ts";
import { createGenericParser, type GenericOptions } from "./generic.ts";
import type { ManifestEntry, ManifestObject } from "./manifest-entry.ts";

/** Options of {@link createLineParser}. */
export interface LineParserOptions extends GenericOptions {
  /** `auto`: as the first line that is a JSON object shows. */
  readonly format: "auto" | "downloader" | "jsonl";
  /** Told about every line of the downloader with a newer schema; it is read like the known one. */
  readonly onNewerSchema?: ((version: number) => void) | undefined;
}

const EMPTY_LINE: ManifestEntry = { kind: "other" };

/** Makes a reader of manifest lines, which takes them in order and never throws: what is wrong is in the entry. */
export function createLineParser(options: LineParserOptions): (text: string) => ManifestEntry {
  const parseGeneric = createGenericParser(options);
  let format = options.format;
  const parseObject = (line: ManifestObject): ManifestEntry => {
    if (format === "auto") format = detectFormat(line);
    if (format === "jsonl") return parseGeneric(line);
    const newer = findNewerSchema(line);
    if (newer !== undefined) options.onNewerSchema?.(newer);
    return parseDownloaderLine(line);
  };
  return (text) => {
    if (text.trim() === "") return EMPTY_LINE;
    try {
      return withoutSecrets(parseObject(decodeObject(text)));
    } catch (error) {
      if (error instanceof Error) return { kind: "damaged", reason: error.message };
      throw error;
    }
  };
}

/** What is registered of an outcome, without secrets. Paths are no URLs. */
function withoutSecrets(entry: ManifestEntry): ManifestEntry {
  if (entry.kind !== "outcome") return entry;
  const { artifactId, sourceUrl, resolver, runId } = entry;
  const cleaned = {
    artifactId: cleanSecrets(artifactId),
    sourceUrl: sourceUrl === null ? null : cleanSecrets(sourceUrl),
    resolver: cleanSecrets(resolver),
    runId: runId === null ? null : cleanSecrets(runId),
  };
  const isKey = cleaned.artifactId === artifactId && cleaned.sourceUrl === sourceUrl && cleaned.resolver === resolver;
  if (isKey && cleaned.runId === runId) return entry;
  return { ...entry, ...cleaned, ...(!isKey && { given: { artifactId, sourceUrl, resolver } }) };
}

function decodeObject(text: string): ManifestObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own words differ between runtimes and repeat the text unescaped.
    throw new SyntaxError(`Cannot read ${quote(cleanSecrets(text), 60)} as JSON: it is torn or malformed`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`Cannot use ${quote(cleanSecrets(text), 60)}: expected a JSON object`);
  }
  return value as ManifestObject;
}
