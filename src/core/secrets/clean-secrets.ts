import { shortHash } from "../naming/short-hash.ts";
import { isSecretName, isSecretValue } from "./secret-names.ts";
import { findSigningNames } from "./signature-sets.ts";

/** Without one of these characters there is nothing to take out. */
const SUSPICIOUS = /[?#@;]|%3a%2f/i;

/** What a secret value becomes: `~` and a hash of it. */
const FINGERPRINT = /^~[0-9a-f]{10}$/;

/** How deep URLs in parameters of URLs are looked at. */
const MAX_DEPTH = 3;

/**
 * `text`, a URL or a name that is made of one like `url:https://...`, without its secrets: no user name and password, none
 * of the parameters that sign it, and of every other value that looks like a secret a fingerprint in its place. All else
 * stays as it is, character by character. Cleaning twice changes nothing. A `file:` URI names a file, and stays.
 */
export function cleanSecrets(text: string): string {
  return cleanAtDepth(text, 0);
}

function cleanAtDepth(text: string, depth: number): string {
  if (!SUSPICIOUS.test(text) || /^file:/i.test(text)) return text;
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(withoutUser(text)) ?? [];
  return cleanPath(path, depth) + cleanQuery(query, depth) + cleanFragment(fragment, depth);
}

/** A cleaned `text` without the parameters whose values are fingerprints: what version 0.1 made ids of. */
export function withoutFingerprints(text: string): string {
  const [, path = "", query = "", fragment = ""] = /^([^?]*)(\?[^#]*)?(.*)$/s.exec(text) ?? [];
  const kept = query
    .slice(1)
    .split("&")
    .filter((each) => !FINGERPRINT.test(each.slice(each.indexOf("=") + 1)));
  return `${path}${kept.join("") === "" ? "" : `?${kept.join("&")}`}${fragment}`;
}

/** Where a URL begins: behind its scheme. */
const URL_START = /[a-z][a-z0-9+.-]{0,63}:\/\//i;

/** A host with or without a port. */
const HOST = /^(\[[^\]]*\]|[^:@[\]]*)(:\d*)?$/;

/** What is left may have a user name again. It has none any more after three times: then no "@" can be one. */
function withoutUser(text: string): string {
  const left = withoutFirstUser(text);
  return left === text ? text : withoutUser(left);
}

/** Where a URL is malformed, as by a password with a "/", more is taken out rather than less. */
function withoutFirstUser(text: string): string {
  const start = URL_START.exec(text);
  if (start === null) return text;
  const at = start.index + start[0].length;
  const rest = text.slice(at);
  const [authority = ""] = /^[^/?#\\]*/.exec(rest) ?? [];
  const end = (HOST.test(authority) || authority.includes("@") ? authority : rest).lastIndexOf("@");
  return text.slice(0, at) + rest.slice(end + 1);
}

/** What may stand in a path: URLs, as archives have them, and parameters behind semicolons (RFC 3986, section 3.3). */
function cleanPath(path: string, depth: number): string {
  const start = URL_START.exec(path);
  if (start === null) return path;
  const at = start.index + start[0].length;
  const parts = path.slice(at).split(/(?<=\/)(?=[a-z][a-z0-9+.-]{0,63}:\/\/)/i);
  return (
    path.slice(0, at) +
    parts
      .map((part, index) => (index === 0 ? part : withoutUser(part)))
      .join("")
      .replace(/[^/]+/g, (name) => cleanName(name, depth))
  );
}

function cleanName(name: string, depth: number): string {
  const [first = "", ...parameters] = name.split(";");
  const cleaned = parameters.map((each) => {
    const { start, name: parameter, value } = parseParameter(each);
    return isSecret(parameter, value) ? start + fingerprint(value) : each;
  });
  return [cleanNested(first, depth), ...cleaned].join(";");
}

function cleanQuery(query: string, depth: number): string {
  if (query.length < 2) return query;
  const kept = cleanParameters(query.slice(1), depth);
  return kept === "" ? "" : `?${kept}`;
}

/** Applications keep parameters in fragments, also behind a path of their own, and OAuth 2.0 tokens (RFC 6749). */
function cleanFragment(fragment: string, depth: number): string {
  const [, start = "", parameters = ""] = /^(#(?:[^?]*\?)?)(.*)$/s.exec(fragment) ?? [];
  if (!parameters.includes("=")) return fragment;
  const kept = cleanParameters(parameters, depth);
  return kept === "" ? start.replace(/[?#]$/, "") : start + kept;
}

function cleanParameters(text: string, depth: number): string {
  const parameters = text.split("&").map(parseParameter);
  const signing = findSigningNames(new Set(parameters.map(({ name }) => name.toLowerCase())));
  return parameters
    .filter(({ name }) => !signing.has(name.toLowerCase()))
    .map(({ whole, start, name, value }) => {
      if (value === "") return isSecretValue(name) ? fingerprint(whole) : whole;
      if (isSecret(name, value)) return start + fingerprint(value);
      return start + cleanNested(value, depth);
    })
    .join("&");
}

interface Parameter {
  readonly whole: string;
  /** Up to the value. */
  readonly start: string;
  /** Decoded; what is left of an ampersand that was written for HTML does not count. */
  readonly name: string;
  /** As it is written. */
  readonly value: string;
}

function parseParameter(whole: string): Parameter {
  const at = whole.indexOf("=");
  const start = at < 0 ? whole : whole.slice(0, at + 1);
  const name = decode(at < 0 ? whole : whole.slice(0, at)).replace(/^amp;/i, "");
  return { whole, start, name, value: at < 0 ? "" : whole.slice(at + 1) };
}

function isSecret(name: string, value: string): boolean {
  return value !== "" && (isSecretName(name) || isSecretValue(decode(value)));
}

function fingerprint(value: string): string {
  return FINGERPRINT.test(value) ? value : `~${shortHash(decode(value))}`;
}

/** A value that is a URL itself, encoded or not. */
function cleanNested(value: string, depth: number): string {
  const plain = decode(value);
  if (depth >= MAX_DEPTH || !URL_START.test(plain)) return value;
  const cleaned = cleanAtDepth(plain, depth + 1);
  if (cleaned === plain) return value;
  return value === plain ? cleaned : encodeURIComponent(cleaned);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
