import { escapeControls, quote } from "../../core/messages/quote.ts";
import { redactSecrets } from "../../core/settings.ts";
import { CatalogError } from "../../errors.ts";
import { findJsonFault } from "./_json-scan.ts";

/** The formats of a configuration file, as their extensions say. */
export type ConfigFormat = "yaml" | "yml" | "toml" | "json" | "jsonc";

/** All {@link ConfigFormat}s, in the order in which they are named to people. */
export const CONFIG_FORMATS: readonly ConfigFormat[] = ["yaml", "yml", "toml", "json", "jsonc"];

/** Where the text of a configuration came from. */
export interface ConfigSource {
  readonly format: ConfigFormat;
  /** Absolute, for messages. */
  readonly path: string;
}

/** What is wrong with the text; line and column are counted from 1, where they are known. */
interface Fault {
  readonly reason: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * Reads the text of a configuration file into plain values, unchecked. An empty YAML or TOML text has no settings.
 * @throws {CatalogError} CONFIGURATION, with line and column where they are known, when it cannot be parsed
 */
export async function parseConfig(text: string, source: ConfigSource): Promise<unknown> {
  const fault = locateJsonFault(text, source.format);
  if (fault !== undefined) throw unparsable(source, fault);
  try {
    return await parseText(text, source.format);
  } catch (error) {
    throw unparsable(source, faultOf(error));
  }
}

/** Each parser is loaded only when a file needs it. */
async function parseText(text: string, format: ConfigFormat): Promise<unknown> {
  switch (format) {
    case "yaml":
    case "yml":
      // The parser refuses a text without any value, which is how a configuration begins.
      if (/^(?:[ \t]*(?:#[^\n\r]*)?(?:\r\n|\n|\r|$))*$/.test(text)) return {};
      return (await import("confbox/yaml")).parseYAML<unknown>(text) ?? {};
    case "toml":
      return (await import("confbox/toml")).parseTOML<unknown>(text);
    case "json":
      return (await import("confbox/json")).parseJSON<unknown>(text);
    case "jsonc":
      return (await import("confbox/jsonc")).parseJSONC<unknown>(text, { allowTrailingComma: true });
    default:
      return format satisfies never;
  }
}

/** JSON parsers neither tell every place nor find keys that stand twice. */
function locateJsonFault(text: string, format: ConfigFormat): Fault | undefined {
  if (format !== "json" && format !== "jsonc") return undefined;
  const fault = findJsonFault(text, format === "jsonc");
  if (fault === undefined) return undefined;
  const lines = text.slice(0, fault.offset).split(/\r\n|\n|\r/);
  return { reason: fault.reason, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** What a parser's error tells, without its excerpt of the file, which may show secrets. */
function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { reason: "the parser failed" };
  if ("reason" in error && typeof error.reason === "string") {
    const place = "mark" in error ? placeOf(error.mark) : undefined;
    // js-yaml counts from 0.
    return { reason: error.reason, ...(place && { line: place.line + 1, column: place.column + 1 }) };
  }
  const place = placeOf(error);
  if (place === undefined) return { reason: `the parser failed (${error.name})` };
  const [first = ""] = error.message.split("\n");
  return { reason: first.replace(/^Invalid TOML document: /, ""), ...place };
}

function placeOf(value: unknown): { readonly line: number; readonly column: number } | undefined {
  if (typeof value !== "object" || value === null || !("line" in value) || !("column" in value)) return undefined;
  const { line, column } = value;
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined;
}

function unparsable(source: ConfigSource, fault: Fault): CatalogError<"CONFIGURATION"> {
  const place = fault.line === undefined ? "" : `line ${fault.line}, column ${fault.column}: `;
  const reason = escapeControls(redactSecrets(fault.reason));
  return new CatalogError(
    "CONFIGURATION",
    `Cannot parse configuration file ${quote(source.path, 1000)}: ${place}${reason}`,
    {
      details: { origin: `file ${source.path}` },
      // The parser's own error quotes the file, secrets included, so it does not go on as the cause.
      hint: `Correct it there; it is read as ${source.format === "yml" ? "YAML" : source.format.toUpperCase()}.`,
    },
  );
}
