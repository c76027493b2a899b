import { quote } from "../../core/messages/quote.ts";
import { parseSha256Prefix } from "../../core/sha256.ts";
import { parseDurationMs, parseMoment } from "../../core/timestamp.ts";
import { UsageError } from "../exit-codes.ts";
import type { FlagDefinition } from "./flag.ts";

/** Bytes in each unit; decimal ones as the SI has them, binary ones as IEC 80000-13 has them. */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Longer ago is no time that could be written down. */
const MAX_DAYS = 1_000_000;

/** Reads a size like `10MiB`, `1.5 GiB`, `4kB` or `512` into bytes, or gives `undefined`. */
export function findSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unitBytes = UNIT_BYTES[match?.[2]?.toLowerCase() ?? "?"];
  if (match === null || unitBytes === undefined) return undefined;
  const sizeBytes = Math.round(Number(match[1]) * unitBytes);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/**
 * Reads the value of a flag as its kind says.
 * @throws {UsageError} naming the flag, the value and what is allowed
 */
export function parseFlagValue(flag: FlagDefinition, text: string, nowMs: number): string | number {
  if (text.trim() === "") throw wrong(flag, text, "it is empty");
  switch (flag.kind) {
    case "integer":
      return parseInteger(flag, text);
    case "size":
      return findSizeBytes(text) ?? fail(flag, text, 'expected a size like "512", "4kB" or "10MiB"');
    case "days":
      return parseDays(flag, text);
    case "span":
      return orFail(flag, text, {
        parse: () => parseDurationMs(text),
        expected: 'expected a span of time like "30s", "10m" or "2h"',
      });
    case "moment":
      return orFail(flag, text, {
        parse: () => parseMoment(text, nowMs),
        expected: 'expected a date like "2025-01-31" or "2025-01-31T12:00:00Z", or a span before now like "30d"',
      });
    case "hash":
      return orFail(flag, text, {
        parse: () => parseSha256Prefix(text),
        expected: "expected 4 to 64 hexadecimal characters",
      });
    case "choice":
      return parseChoice(flag, text);
    case "assignment":
      return parseAssignment(flag, text);
    default:
      return text;
  }
}

function parseInteger(flag: FlagDefinition, text: string): number {
  const minimum = flag.minimum ?? 0;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= minimum) return value;
  throw wrong(flag, text, `expected a whole number from ${minimum}`);
}

function parseDays(flag: FlagDefinition, text: string): number {
  const days = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (days <= MAX_DAYS) return days;
  throw wrong(flag, text, 'expected a number of days from 0, like "7" or "0.5"');
}

function parseChoice(flag: FlagDefinition, text: string): string {
  const known = flag.choices ?? [];
  if (known.includes(text)) return text;
  throw new UsageError(`Cannot use --${flag.name} ${quote(text)}: expected ${listChoices(known)}`, {
    unknown: { name: text, known },
  });
}

function parseAssignment(flag: FlagDefinition, text: string): string {
  const equals = text.indexOf("=");
  if (equals <= 0) throw wrong(flag, text, `expected ${flag.placeholder ?? "NAME=VALUE"}`);
  const name = text.slice(0, equals);
  if (flag.choices === undefined || flag.choices.includes(name)) return text;
  throw new UsageError(
    `Cannot use --${flag.name} ${quote(text)}: expected one of ${flag.choices.join(", ")} before "="`,
    {
      unknown: { name, known: flag.choices },
    },
  );
}

/** The names in words: `a, b or c`. */
export function listChoices(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function orFail<Value extends string | number>(
  flag: FlagDefinition,
  text: string,
  options: { readonly parse: () => Value; readonly expected: string },
): Value {
  try {
    return options.parse();
  } catch {
    // The parsers of core are pure: all they throw is that the text cannot be read.
    throw wrong(flag, text, options.expected);
  }
}

function fail(flag: FlagDefinition, text: string, what: string): never {
  throw wrong(flag, text, what);
}

function wrong(flag: FlagDefinition, text: string, what: string): UsageError {
  return new UsageError(`Cannot use --${flag.name} ${quote(text)}: ${what}`);
}
