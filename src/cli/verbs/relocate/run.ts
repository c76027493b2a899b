import { quote } from "../../../core/messages/quote.ts";
import { resolvePath } from "../../../core/path.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { decodePathOfUri } from "../../../core/storage-uri.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { relocateBlocks, relocateFields, relocateFinding, relocateProgress } from "./view.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Rewrites where rows are stored after their files were moved; without `--apply` it only says what it would do. */
export async function* run(context: CommandContext, { words, flags }: Input): CommandRun {
  const [from, to] = [parsePlace(context, words[0] ?? ""), parsePlace(context, words[1] ?? "")];
  if (from === to)
    throw new UsageError(`Cannot relocate ${quote(cleanSecrets(from))}: the old and the new place are the same`);
  const catalog = await context.openCatalog(flags.apply ? "write" : "read");
  const summary = await catalog.relocate(
    { from, to },
    {
      dryRun: !flags.apply,
      allowMissing: flags["allow-missing"],
      jobs: flags.jobs,
      signal: context.signal,
      onFinding: (finding) => context.finding(relocateFinding(finding)),
      onProgress: (progress) => context.progress(relocateProgress(progress)),
    },
  );
  const isThereMore = !flags.apply && summary.documents + summary.variants > 0;
  return {
    exitCode: summary.left > 0 ? EXIT.partly : EXIT.done,
    summary: { applied: flags.apply, ...relocateFields(summary) },
    blocks: () => relocateBlocks(summary, { from, to, applied: flags.apply }),
    next: isThereMore ? repeatWithApply([from, to], flags["allow-missing"]) : "stats",
  };
}

/** An absolute path as the catalog writes it, from a path, a path of Windows or a file URI. */
function parsePlace({ host }: CommandContext, word: string): string {
  if (!/^file:/i.test(word)) {
    return resolvePath(host.cwd, /^[A-Za-z]:\\/.test(word) ? word.replaceAll("\\", "/") : word);
  }
  const path = decodePathOfUri(word);
  if (path !== undefined) return resolvePath(host.cwd, path);
  throw new UsageError(`Cannot relocate ${quote(cleanSecrets(word))}: it names no path of this host`, {
    hint: "Give it as a path.",
  });
}

function repeatWithApply(places: readonly string[], allowMissing: boolean): string {
  return ["relocate", ...places.map(quoteForShell), ...(allowMissing ? ["--allow-missing"] : []), "--apply"].join(" ");
}
