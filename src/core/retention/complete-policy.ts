import { quote } from "../messages/quote.ts";
import { DAY_MS } from "../timestamp.ts";
import type { CompletePolicy, RetentionDefaults, RetentionPolicy } from "./policy.ts";

/** Caps take nothing that is younger, where nobody says. */
const MIN_AGE_MS: number = 7 * DAY_MS;

/**
 * Checks a policy and completes it by the settings; `undefined` for one that has nothing to go by: no rule, no cap, and
 * `retentionDays` 0.
 * @throws {RangeError} for a number that cannot be, and for values that contradict each other
 * @throws {TypeError} for a list without names, or with an empty one
 */
export function completePolicy(policy: RetentionPolicy, defaults: RetentionDefaults): CompletePolicy | undefined {
  requireNumbers(policy);
  const { minAgeMs = MIN_AGE_MS, keepCopies = defaults.keepCopies } = policy;
  const complete = { ...policy, ...scopeOf(policy), minAgeMs, keepCopies };
  const hasCap = CAPS.some((cap) => policy[cap] !== undefined);
  if (!hasCap && policy.minAgeMs !== undefined) {
    throw contradiction("minAgeMs", "only caps go by it, and there is none; rules by age or number do not look at it");
  }
  const { olderThanMs, keepLast } = policy;
  if (hasCap && keepLast === undefined && olderThanMs !== undefined && minAgeMs > olderThanMs) {
    const reason = `a cap takes nothing younger than ${minAgeMs} ms, and nothing older than ${olderThanMs} ms is left to it`;
    throw contradiction("minAgeMs", `${reason}; expected at most olderThanMs`);
  }
  if (hasCap || olderThanMs !== undefined || keepLast !== undefined) return complete;
  const { retentionDays } = defaults;
  return retentionDays > 0 ? { ...complete, olderThanMs: retentionDays * DAY_MS } : undefined;
}

const CAPS = ["maxTotalBytes", "maxFiles", "minFreeBytes"] as const;

/** What each number may be. */
const WHOLE = ["keepLast", "maxFiles", "maxTotalBytes", "minFreeBytes", "keepCopies"] as const;
const SPANS = ["olderThanMs", "minAgeMs"] as const;
const LISTS = ["resolvers", "contentTypes", "runIds"] as const;

function requireNumbers(policy: RetentionPolicy): void {
  for (const field of WHOLE) {
    const value = policy[field];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new RangeError(`Cannot use ${field} ${value}: expected a whole number from 0`);
  }
  for (const field of SPANS) {
    const value = policy[field];
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw new RangeError(`Cannot use ${field} ${value}: expected a number of milliseconds from 0`);
  }
}

/** The lists of a policy, each name once. */
function scopeOf(policy: RetentionPolicy): Pick<RetentionPolicy, (typeof LISTS)[number]> {
  const given = LISTS.filter((field) => policy[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, namesOf(field, policy[field] ?? [])]));
}

function namesOf(field: (typeof LISTS)[number], names: readonly string[]): readonly string[] {
  // A list that is empty by mistake would make the policy one about nothing, or be taken for one about everything.
  if (names.length === 0) throw new TypeError(`Cannot use ${field}: expected at least one name`);
  const bad = names.find((name) => name.trim() === "");
  if (bad !== undefined) throw new TypeError(`Cannot use ${field} with ${quote(bad)}: expected a name`);
  const isMediaType = field === "contentTypes";
  return [...new Set(names.map((name) => (isMediaType ? name.trim().toLowerCase() : name)))];
}

function contradiction(field: string, reason: string): RangeError {
  return new RangeError(`Cannot use ${field}: ${reason}`);
}
