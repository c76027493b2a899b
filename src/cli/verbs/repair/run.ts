import type { RepairOptions, RepairResult } from "../../../catalog/repair/repair-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { RepairTally } from "./repair-tally.ts";
import { isFinding, repairBlocks, repairedPart, repairFinding, repairProgress } from "./view.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Gives bad files their bytes back; without `--apply` it only says what it would try. */
export async function* run(context: CommandContext, { words, flags }: Input): CommandRun {
  const { all, apply, "max-bytes": maxBytes, "allow-private": allowPrivate } = flags;
  const { "into-root": intoRoot, "keep-drifted": keepDrifted } = flags;
  requireScope(words, all);
  const catalog = await context.openCatalog(apply ? "write" : "read");
  const tally = new RepairTally();
  const results = catalog.repair({
    ...(all ? {} : { ids: words }),
    ...{ apply, maxBytes, allowPrivate, intoRoot, keepDrifted },
    workingDirectory: context.host.cwd,
    signal: context.signal,
    onProgress: (progress) => context.progress(repairProgress(progress)),
  } satisfies RepairOptions);
  for await (const result of withUsage(results)) {
    tally.add(result);
    if (isFinding(result)) context.finding(repairFinding(result));
    else yield repairedPart(result);
  }
  return {
    exitCode: tally.bad > 0 ? EXIT.finding : EXIT.done,
    summary: { applied: apply, ...tally.fields },
    blocks: () => repairBlocks(tally, { apply }),
    next: nextCommand({ words, all, apply }, tally),
  };
}

function requireScope(words: readonly string[], all: boolean): void {
  const [first] = words;
  if (first === undefined && !all) {
    throw new UsageError("Cannot repair: nothing is named", {
      hint: "Name rows, or give --all for everything that is known to be bad.",
    });
  }
  if (first !== undefined && all) {
    throw new UsageError(`Cannot repair ${quote(cleanSecrets(first))} and --all in one run`, {
      hint: "Leave out one of them.",
    });
  }
}

/** A word that says nothing, or too little, is a mistake of whoever typed it. */
async function* withUsage(results: AsyncIterable<RepairResult>): AsyncGenerator<RepairResult, void, undefined> {
  try {
    yield* results;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function nextCommand(
  { words, all, apply }: { readonly words: readonly string[]; readonly all: boolean; readonly apply: boolean },
  tally: RepairTally,
): string {
  if (tally.count("planned") > 0 && !apply) {
    const named = words.map((word) => quoteForShell(cleanSecrets(word)));
    return ["repair", ...(all ? ["--all"] : named), "--apply"].join(" ");
  }
  return tally.firstBad === undefined ? "stats" : `why ${tally.firstBad}`;
}
