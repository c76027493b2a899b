import { parseContentType, parseName, parseSize } from "../document.ts";
import { quote } from "../messages/quote.ts";
import { cleanSecrets } from "../secrets/clean-secrets.ts";
import { parseSha256, type Sha256 } from "../sha256.ts";
import { parseTimestamp, type Timestamp } from "../timestamp.ts";

/*
 * Checks of single values of a line. `field` is the name that the line uses, for the message. What cannot be used
 * throws a TypeError, RangeError or SyntaxError that names field and value.
 */

/** A text that must be there. */
export function readName(field: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`Cannot use ${field} ${showValue(value)}: expected a string`);
  return parseName(field, value);
}

/** A text, or `null` where there is none. */
export function readOptionalName(field: string, value: unknown): string | null {
  return isAbsent(value) ? null : readName(field, value);
}

/** A media type, or `null` where there is none. */
export function readContentType(field: string, value: unknown): string | null {
  return isAbsent(value) ? null : parseContentType(readName(field, value));
}

/** A whole number of bytes from 0, or `null` where there is none. */
export function readSize(field: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return parseSize(field, value);
  throw new RangeError(`Cannot use ${field} ${showValue(value)}: expected a whole number of bytes from 0`);
}

/** A digest, or `null` where there is none. */
export function readSha256(field: string, value: unknown): Sha256 | null {
  if (isAbsent(value)) return null;
  const text = readName(field, value);
  try {
    return parseSha256(text);
  } catch {
    throw new SyntaxError(`Cannot use ${field} ${quote(text)}: expected 64 hexadecimal characters`);
  }
}

/** A time, or `null` where there is none. */
export function readTimestamp(field: string, value: unknown): Timestamp | null {
  if (isAbsent(value)) return null;
  const text = readName(field, value);
  try {
    return parseTimestamp(text);
  } catch {
    throw new SyntaxError(`Cannot use ${field} ${quote(text)}: expected a time like "2025-01-31T12:00:00Z"`);
  }
}

/** Whether a field says nothing: missing, `null`, or an empty text. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** A decoded JSON value for a message. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return quote(cleanSecrets(value));
  // JSON has no numbers beyond these, but `1e400` decodes to one.
  if (typeof value === "number" || value === undefined) return String(value);
  const json = JSON.stringify(value);
  return json.length > 60 ? quote(json, 60) : json;
}
