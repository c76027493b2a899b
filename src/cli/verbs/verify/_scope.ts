import { parseSoughtThing } from "../../../catalog/find/sought-thing.ts";
import type { VerifyBudget, VerifyOptions } from "../../../catalog/verify/verify-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { parseDurationMs } from "../../../core/timestamp.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { findSizeBytes } from "../../arguments/flag-value.ts";
import { asUsage, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";

type Input = CommandInput<typeof DEFINITION>;

/** What a command line says about which blobs are verified. @throws {UsageError} */
export function parseScope({ words, flags }: Input): Pick<VerifyOptions, "ids" | "sample" | "maxAgeMs" | "budget"> {
  const { all, sample, budget, "max-age": maxAgeMs } = flags;
  const limits = { all, sample, "max-age": maxAgeMs };
  if (words.length > 0) {
    for (const [name, value] of Object.entries(limits)) {
      if (value === undefined || value === false) continue;
      throw new UsageError(`Cannot verify ${quote(cleanSecrets(words[0] ?? ""))} and --${name} in one run`, {
        hint: "Run it twice.",
      });
    }
    for (const word of words) asUsage(() => parseSoughtThing(word));
    return { ids: words, budget: budget === undefined ? undefined : parseBudget(budget) };
  }
  if (!all && sample === undefined && maxAgeMs === undefined && budget === undefined) {
    throw new UsageError("Cannot verify: nothing is named", {
      hint: "Name rows, artifacts or hashes, or give --all, --sample 5%, --max-age 30d or --budget 10m.",
    });
  }
  return {
    maxAgeMs,
    sample: sample === undefined ? undefined : parseSample(sample),
    budget: budget === undefined ? undefined : parseBudget(budget),
  };
}

function parseSample(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return share;
  throw new UsageError(`Cannot use --sample ${quote(text)}: expected a share above 0% and up to 100%, like "5%"`);
}

/** A number alone could be either. */
function parseBudget(text: string): VerifyBudget {
  const timeMs = findDurationMs(text);
  if (timeMs !== undefined) return { timeMs };
  const bytes = /[a-z]\s*$/i.test(text) ? findSizeBytes(text) : undefined;
  if (bytes !== undefined) return { bytes };
  throw new UsageError(`Cannot use --budget ${quote(text)}: expected a span of time or a size, like "10m" or "50GiB"`);
}

function findDurationMs(text: string): number | undefined {
  try {
    return parseDurationMs(text);
  } catch {
    // All that it throws is that the text is no span of time.
    return undefined;
  }
}
