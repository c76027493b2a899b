import { quote } from "../messages/quote.ts";
import type { CompletePolicy } from "./policy.ts";

const SPANS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
] as const;

const SIZES = [
  [1024 ** 4, "TiB"],
  [1024 ** 3, "GiB"],
  [1024 ** 2, "MiB"],
  [1024, "KiB"],
] as const;

/** A name that needs no quotes for people. */
const PLAIN_NAME = /^[\w./:+@-]+$/;

/** So many names of a list are written out. */
const MAX_NAMES = 20;

/** The rules of a policy as they would be said on the command line, for people. */
export function formatPolicy(policy: CompletePolicy): string {
  const { olderThanMs, keepLast, maxTotalBytes, maxFiles, minFreeBytes, minAgeMs, keepCopies } = policy;
  const hasCap = [maxTotalBytes, maxFiles, minFreeBytes].some((cap) => cap !== undefined);
  const parts: readonly (readonly [string, string | undefined])[] = [
    ["older-than", olderThanMs === undefined ? undefined : formatSpan(olderThanMs)],
    ["keep-last", keepLast?.toString()],
    ...names("resolver", policy.resolvers),
    ...names("content-type", policy.contentTypes),
    ...names("run-id", policy.runIds),
    ["max-total-size", maxTotalBytes === undefined ? undefined : formatBytes(maxTotalBytes)],
    ["max-files", maxFiles?.toString()],
    ["min-free", minFreeBytes === undefined ? undefined : formatBytes(minFreeBytes)],
    ["min-age", hasCap ? formatSpan(minAgeMs) : undefined],
    ["keep-copies", keepCopies.toString()],
  ];
  return parts.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag} ${value}`])).join(" ");
}

function names(flag: string, values: readonly string[] = []): readonly (readonly [string, string])[] {
  const shown = values.slice(0, MAX_NAMES).map((name) => [flag, PLAIN_NAME.test(name) ? name : quote(name)] as const);
  const more = values.length - shown.length;
  return more > 0 ? [...shown, [flag, `(${more} more)`]] : shown;
}

/** A span as the command line takes it, in the largest unit that gives a whole number. */
export function formatSpan(ms: number): string {
  const text = formatUnits(ms, SPANS);
  return /\d$/.test(text) ? `${ms / 1000}s` : text;
}

/** A size likewise. */
export function formatBytes(bytes: number): string {
  return formatUnits(bytes, SIZES);
}

function formatUnits(value: number, units: readonly (readonly [number, string])[]): string {
  const unit = units.find(([size]) => value >= size && value % size === 0);
  return unit === undefined ? String(value) : `${value / unit[0]}${unit[1]}`;
}
