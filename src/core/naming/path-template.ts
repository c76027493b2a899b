import { findNearestName } from "../messages/nearest-name.ts";
import { quote } from "../messages/quote.ts";
import type { Sha256 } from "../sha256.ts";
import type { Timestamp } from "../timestamp.ts";
import { type BlobKey, parseBlobKey } from "./blob-key.ts";
import { CAS_FOLDER } from "./layout.ts";
import { extensionOf, safeSegment } from "./safe-segment.ts";

/**
 * What a template can be filled with:
 * - `resolver`, `artifact_id`, `run_id` (`no-run` where there is none): as registered
 * - `basename`: the given name, else the last name in the path of the source URL, else `content`
 * - `ext`: the extension of the basename without its dot, else that of the sniffed type, else `bin`
 * - `host`: the host of the source URL, else `no-host`
 * - `date`: the day the document was created, as `YYYY-MM-DD` in UTC
 * - `sha256`, `sha256_8` (its first 8 characters): `no-hash` where hashing is off
 */
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** The values of {@link Placeholder}. */
export const PLACEHOLDERS = [
  "resolver",
  "artifact_id",
  "basename",
  "run_id",
  "sha256",
  "sha256_8",
  "ext",
  "date",
  "host",
] as const;

/** The template that is used when none is given. */
export const DEFAULT_PATH_TEMPLATE = "{resolver}/{artifact_id}/{basename}";

/** A template that was checked: for each name of the path its parts, texts and placeholders. */
export interface PathTemplate {
  /** As it was given. */
  readonly text: string;
  /** What is between the slashes of {@link text}, in the same order. */
  readonly segments: readonly (readonly TemplatePart[])[];
}

/** A piece of a template: text that stands for itself, or a placeholder. */
export type TemplatePart = { readonly text: string } | { readonly placeholder: Placeholder };

/**
 * Reads a template like {@link DEFAULT_PATH_TEMPLATE}.
 * @throws {SyntaxError} when it is absolute, climbs, ends in a folder, has an unknown placeholder or none in its last
 * name, or a text that no path could hold
 */
export function parsePathTemplate(text: string): PathTemplate {
  const segments = text.split("/").map((segment, index) => parseSegment(segment, { index, template: text }));
  const last = segments.at(-1) ?? [];
  if (!last.some((part) => "placeholder" in part)) {
    throw unusable(text, "its last name has no placeholder, so that all blobs would get one name");
  }
  return { text, segments };
}

/** Names that a path must not have at `index`: first of all there is the folder of the other layout. */
function reservedAt(index: number): readonly string[] {
  return index === 0 ? [CAS_FOLDER] : [];
}

function parseSegment(
  segment: string,
  { index, template }: { index: number; template: string },
): readonly TemplatePart[] {
  if (segment === "") throw unusable(template, "it has an empty name");
  const parts: TemplatePart[] = [];
  for (const [piece] of segment.matchAll(/\{[^{}]*\}|[^{}]+|[{}]/g)) {
    if (piece === "{" || piece === "}") throw unusable(template, `it has a ${quote(piece)} without its other half`);
    parts.push(
      piece.startsWith("{") ? { placeholder: parsePlaceholder(piece.slice(1, -1), template) } : { text: piece },
    );
  }
  // A text that had to be changed would give other paths than the template says.
  const sample = parts.map((part) => ("text" in part ? part.text : "x")).join("");
  if (safeSegment(sample, { reserved: reservedAt(index) }) !== sample) {
    throw unusable(template, `${quote(segment)} is no safe name for a file or folder`);
  }
  return parts;
}

function parsePlaceholder(name: string, template: string): Placeholder {
  const known = PLACEHOLDERS.find((each) => each === name);
  if (known) return known;
  const nearest = findNearestName(name, PLACEHOLDERS);
  const advice = nearest === undefined ? `known are ${PLACEHOLDERS.join(", ")}` : `did you mean "{${nearest}}"?`;
  throw unusable(template, `there is no placeholder ${quote(`{${name}}`)}; ${advice}`);
}

function unusable(template: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot use path template ${quote(template)}: ${reason}`);
}

/** What a template is filled from. */
export interface TemplateFacts {
  /** For `{resolver}`. */
  readonly resolver: string;
  /** For `{artifact_id}`. */
  readonly artifactId: string;
  /** For `{host}`, and for `{basename}` and `{ext}` unless a name is given. */
  readonly sourceUrl: string;
  /** For `{run_id}`; `null` makes it `no-run`. */
  readonly runId: string | null;
  /** For `{date}`, in UTC. */
  readonly createdAt: Timestamp;
  /** For `{sha256}` and `{sha256_8}`; `null` makes them `no-hash`. */
  readonly sha256: Sha256 | null;
  /** The name that the caller gave, if any. */
  readonly basename?: string | undefined;
  /** The usual extension of the sniffed content type without its dot, if any. */
  readonly sniffedExtension?: string | undefined;
}

/** The path that a template gives for a document: every name safe, none beginning with a dot, the first one not `cas`. */
export function renderPath(template: PathTemplate, facts: TemplateFacts): BlobKey {
  const names = template.segments.map((parts, index) => {
    const text = parts.map((part) => ("text" in part ? part.text : fill(part.placeholder, facts))).join("");
    return safeSegment(text, { reserved: reservedAt(index) });
  });
  return parseBlobKey(names.join("/"));
}

function fill(placeholder: Placeholder, facts: TemplateFacts): string {
  switch (placeholder) {
    case "resolver":
      return facts.resolver;
    case "artifact_id":
      return facts.artifactId;
    case "basename":
      return basenameOf(facts);
    case "run_id":
      return facts.runId ?? "no-run";
    case "sha256":
      return facts.sha256 ?? "no-hash";
    case "sha256_8":
      return facts.sha256?.slice(0, 8) ?? "no-hash";
    case "ext":
      return extensionOf(basenameOf(facts)).slice(1) || facts.sniffedExtension || "bin";
    case "date":
      return facts.createdAt.slice(0, 10);
    case "host":
      return findUrl(facts.sourceUrl)?.hostname || "no-host";
    default:
      return placeholder satisfies never;
  }
}

function basenameOf({ basename, sourceUrl }: TemplateFacts): string {
  if (basename !== undefined && basename !== "") return basename;
  const name = findUrl(sourceUrl)
    ?.pathname.split("/")
    .findLast((each) => each !== "");
  return name === undefined ? "content" : decode(name);
}

function findUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
