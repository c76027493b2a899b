import { quote } from "./messages/quote.ts";

/** A day, in milliseconds. */
export const DAY_MS = 86_400_000;

/** UTC as `YYYY-MM-DDTHH:MM:SS.sssZ`; texts of this form sort by time. */
export type Timestamp = string & { readonly __type: "Timestamp" };

/** RFC 3339 with the liberties of ISO 8601 that downloaders take: a space for the T, no seconds, no zone, only a date. */
const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** UTC to the second on one of the days that every month has: how nearly all times are written, and always a real one. */
const PLAIN_PATTERN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}Z$/;

/** The form of a {@link Timestamp}. */
const TIMESTAMP = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}\.\d{3}Z$/;

/** Whether `value` has the form of a {@link Timestamp}. */
export function isTimestamp(value: unknown): value is Timestamp {
  return typeof value === "string" && TIMESTAMP.test(value);
}

/** Whether there is the day of a time that has the form of one: no month has more days than it has. */
export function isRealTimestamp(time: Timestamp): boolean {
  // Every month has 28 days.
  if (Number(time.slice(8, 10)) <= 28) return true;
  const epochMs = Date.parse(time);
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString() === time;
}

/** The {@link Timestamp} of a moment in milliseconds since 1970. @throws {RangeError} beyond the years 0 to 9999 */
export function formatTimestamp(epochMs: number): Timestamp {
  const text = Number.isFinite(epochMs) && Math.abs(epochMs) < 8.64e15 ? new Date(epochMs).toISOString() : "";
  if (text.length !== 24) throw new RangeError(`Cannot format time ${epochMs}: it is outside the years 0 to 9999`);
  return text as Timestamp;
}

/**
 * Normalises a date, text or number of milliseconds since 1970. A text without a zone is taken as UTC; digits beyond
 * the millisecond are cut off.
 * @throws {SyntaxError} when the text is no RFC 3339 time, or a day or hour that does not exist
 */
export function parseTimestamp(value: string | number | Date): Timestamp {
  if (typeof value !== "string") return formatTimestamp(Number(value));
  if (PLAIN_PATTERN.test(value)) return `${value.slice(0, -1)}.000Z` as Timestamp;
  const match = PATTERN.exec(value.trim());
  if (!match) throw unreadable(value);
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] =
    match;
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const offset = zone.toUpperCase() === "Z" ? "Z" : zone.replace(/^(.{3}):?(.{2})$/, "$1:$2");
  const epochMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  // Date.parse rolls 31 February over into March; a time that does not come back the same never was.
  if (Number.isNaN(epochMs) || new Date(Date.UTC(+year, +month - 1, +day)).getUTCDate() !== +day)
    throw unreadable(value);
  return formatTimestamp(epochMs);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_557_600_000,
};

/** Reads a span like `30d`, `12h`, `90m`, `45s`, `2w`, `1y` into milliseconds. @throws {SyntaxError} for anything else */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([smhdwy])$/i.exec(text.trim());
  const unitMs = UNIT_MS[match?.[2]?.toLowerCase() ?? ""];
  if (!match || unitMs === undefined) {
    throw new SyntaxError(
      `Cannot parse duration ${quote(text)}: expected a number and one of s, m, h, d, w, y, like "30d"`,
    );
  }
  return Number(match[1]) * unitMs;
}

const SPAN = /^\d+(\.\d+)?\s*[smhdwy]$/i;

/** Reads a point in time given as a date or as a span before `nowMs`, as `--since 30d` does. @throws {SyntaxError} */
export function parseMoment(text: string, nowMs: number): Timestamp {
  if (SPAN.test(text.trim())) return formatTimestamp(nowMs - parseDurationMs(text));
  return parseTimestamp(text);
}

/** Reads a point in time given as a date or as a span after `nowMs`, as `--until 30d` does. @throws {SyntaxError} */
export function parseMomentAhead(text: string, nowMs: number): Timestamp {
  return SPAN.test(text.trim()) ? formatTimestamp(nowMs + parseDurationMs(text)) : parseTimestamp(text);
}

function unreadable(text: string): SyntaxError {
  return new SyntaxError(`Cannot parse time ${quote(text)}: expected RFC 3339, like "2025-01-31T12:00:00Z"`);
}
