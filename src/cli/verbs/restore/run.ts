import { parseSoughtThing } from "../../../catalog/find/sought-thing.ts";
import type { RestoredThing, RestoreTargets } from "../../../catalog/restore/restore-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { asUsage, EXIT, type ExitCode, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { restoreBlocks, restoredPart, restoreFields, restoreFinding, restoreProgress } from "./view.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Rows and files printed at once. */
const PAGE_SIZE = 500;

/** Brings rows and bytes back; without `--apply` it only says what it would do. */
export async function* run(context: CommandContext, { words, flags }: Input): CommandRun {
  const { apply, plan } = flags;
  const targets = parseTargets(words, plan);
  const catalog = await context.openCatalog(apply ? "write" : "read");
  const restored: RestoredThing[] = [];
  const summary = await catalog.restore(targets, {
    apply,
    workingDirectory: context.host.cwd,
    signal: context.signal,
    onRestored: (thing) => restored.push(thing),
    onFinding: (finding) => context.finding(restoreFinding(finding)),
    onProgress: (progress) => context.progress(restoreProgress(progress)),
  });
  for (let at = 0; at < restored.length; at += PAGE_SIZE) {
    yield restoredPart(restored.slice(at, at + PAGE_SIZE), at > 0);
  }
  return {
    exitCode: exitCodeOf(restored.length, summary.findings),
    summary: { applied: apply, ...restoreFields(summary) },
    blocks: () => restoreBlocks(summary, { apply }),
    next: nextCommand({ words, plan, apply }, restored),
  };
}

function parseTargets(words: readonly string[], plan: string | undefined): RestoreTargets {
  if (plan === undefined && words.length === 0) {
    throw new UsageError("Cannot restore: nothing is named", { hint: "Name what is to come back, or give --plan ID." });
  }
  if (plan !== undefined && words.length > 0) {
    throw new UsageError(`Cannot restore ${quote(cleanSecrets(words[0] ?? ""))} and --plan in one run`, {
      hint: "Run it twice.",
    });
  }
  if (plan !== undefined) return { plan: plan.trim().toLowerCase() };
  for (const word of words) asUsage(() => parseSoughtThing(word));
  return words;
}

function exitCodeOf(restored: number, findings: number): ExitCode {
  if (findings > 0) return EXIT.partly;
  return restored > 0 ? EXIT.done : EXIT.finding;
}

function nextCommand(
  {
    words,
    plan,
    apply,
  }: { readonly words: readonly string[]; readonly plan: string | undefined; readonly apply: boolean },
  restored: readonly RestoredThing[],
): string {
  const named = words.map((word) => quoteForShell(cleanSecrets(word)));
  if (restored.length > 0 && !apply) {
    return ["restore", ...(plan === undefined ? named : ["--plan", quoteForShell(plan)]), "--apply"].join(" ");
  }
  const row = restored.find(({ document, variant }) => document !== null || variant !== null);
  const id = row?.document?.id ?? row?.variant?.documentId;
  if (id !== undefined) return `show ${id}`;
  return named[0] === undefined ? "stats" : `why ${named[0]}`;
}
