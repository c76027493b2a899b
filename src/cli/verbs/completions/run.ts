import { quote } from "../../../core/messages/quote.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandDefinition } from "../../arguments/flag.ts";
import { listChoices } from "../../arguments/flag-value.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import { formatBashCompletions } from "./bash.ts";
import type { DEFINITION } from "./definition.ts";
import { formatFishCompletions } from "./fish.ts";
import { formatZshCompletions } from "./zsh.ts";

const SHELLS: Readonly<Record<string, (definitions: readonly CommandDefinition[]) => string>> = {
  bash: formatBashCompletions,
  zsh: formatZshCompletions,
  fish: formatFishCompletions,
};

/** Prints a script that completes commands and flags. */
export async function* run({ verbs }: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const [shell = ""] = words;
  const known = Object.keys(SHELLS);
  const format = known.includes(shell) ? SHELLS[shell] : undefined;
  if (format === undefined) {
    throw new UsageError(`Cannot complete for ${quote(shell)}: expected ${listChoices(known)}`, {
      unknown: { name: shell, known },
    });
  }
  const script = format(verbs);
  yield { items: () => [], blocks: () => [{ block: "raw", text: script }] };
  return { exitCode: EXIT.done, summary: { shell, script } };
}
