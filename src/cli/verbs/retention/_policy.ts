import { formatBytes, formatSpan } from "../../../core/retention/format-policy.ts";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import { UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";

/** The flags of `catalog retention`. */
export type RetentionFlags = CommandInput<typeof DEFINITION>["flags"];

const DAY_MS = 86_400_000;

const CAPS = ["max-total-size", "max-files", "min-free"] as const;
const SCOPES = ["resolver", "content-type", "run-id"] as const;
const NUMBERS = ["older-than", "keep-last", ...CAPS, "min-age", "keep-copies"] as const;

/** More copies cannot be asked for. */
const MAX_COPIES = 1000;

/** @throws {UsageError} for flags that say two things, or nothing */
export function refuseContradictions(flags: RetentionFlags): void {
  if (flags.apply && flags.plan !== undefined) {
    const said = saidOf(flags)[0];
    if (said === undefined) return;
    throw new UsageError(`Cannot use --${said} with --apply --plan: what is done stands in the plan`, {
      hint: `Make a plan with --${said}, then apply it.`,
    });
  }
  const { "keep-copies": copies = 0, "older-than": olderThan, "min-age": minAge = 7 * DAY_MS } = flags;
  if (copies > MAX_COPIES) {
    throw new UsageError(`Cannot use --keep-copies ${copies}: expected a whole number from 0 to ${MAX_COPIES}`);
  }
  const cap = CAPS.find((name) => flags[name] !== undefined);
  if (cap === undefined && flags["min-age"] !== undefined) {
    throw new UsageError("Cannot use --min-age: only caps go by it, and there is none", {
      hint: "Leave it out, or give a cap, like --max-total-size 100GiB.",
    });
  }
  if (cap === undefined || olderThan === undefined || flags["keep-last"] !== undefined || minAge <= olderThan) return;
  const reason =
    "the rule takes all that is older, and the cap nothing that is younger than --min-age, so that it is left nothing";
  throw new UsageError(`Cannot use --${cap} with --older-than: ${reason}`, {
    hint: "Give a --min-age that is no longer than --older-than; it is 7d where nobody says.",
  });
}

function saidOf(flags: RetentionFlags): readonly string[] {
  return [
    ...NUMBERS.filter((name) => flags[name] !== undefined),
    ...SCOPES.filter((name) => flags[name].length > 0),
    ...(flags["allow-all"] ? ["allow-all"] : []),
  ];
}

/** The policy that flags say. */
export function policyOf(flags: RetentionFlags): RetentionPolicy {
  const some = (names: readonly string[]): readonly string[] | undefined => (names.length === 0 ? undefined : names);
  return {
    olderThanMs: flags["older-than"],
    keepLast: flags["keep-last"],
    resolvers: some(flags.resolver),
    contentTypes: some(flags["content-type"]),
    runIds: some(flags["run-id"]),
    maxTotalBytes: flags["max-total-size"],
    maxFiles: flags["max-files"],
    minFreeBytes: flags["min-free"],
    minAgeMs: flags["min-age"],
    keepCopies: flags["keep-copies"],
  };
}

/** The command that does what was said. */
export function commandOf(flags: RetentionFlags): string {
  if (flags.plan !== undefined) return `retention --apply --plan ${quoteForShell(flags.plan)}`;
  const words = ["retention"];
  for (const name of NUMBERS) {
    const value = flags[name];
    if (value === undefined) continue;
    words.push(`--${name} ${formatNumber(name, value)}`);
  }
  for (const name of SCOPES) for (const value of flags[name]) words.push(`--${name} ${quoteForShell(value)}`);
  if (flags["allow-all"]) words.push("--allow-all");
  return [...words, "--apply"].join(" ");
}

function formatNumber(name: (typeof NUMBERS)[number], value: number): string {
  switch (name) {
    case "older-than":
    case "min-age":
      return formatSpan(value);
    case "max-total-size":
    case "min-free":
      return formatBytes(value);
    default:
      return String(value);
  }
}
