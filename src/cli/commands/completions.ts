import { quote } from "../../core/messages/quote.ts";
import type { CommandInput } from "../arguments/command-line.ts";
import { listChoices } from "../arguments/flag-value.ts";
import type { CommandRun } from "../command.ts";
import { formatBashCompletions } from "../completions/bash.ts";
import { formatFishCompletions } from "../completions/fish.ts";
import { formatZshCompletions } from "../completions/zsh.ts";
import { DEFINITIONS } from "../definitions/all.ts";
import type { COMPLETIONS } from "../definitions/tend.ts";
import { EXIT, UsageError } from "../exit-codes.ts";

const SHELLS: Readonly<Record<string, (definitions: typeof DEFINITIONS) => string>> = {
  bash: formatBashCompletions,
  zsh: formatZshCompletions,
  fish: formatFishCompletions,
};

/** Prints a script that completes commands and flags. */
export async function* completions({ words }: CommandInput<typeof COMPLETIONS>): CommandRun {
  const [shell = ""] = words;
  const known = Object.keys(SHELLS);
  const format = known.includes(shell) ? SHELLS[shell] : undefined;
  if (format === undefined) {
    throw new UsageError(`Cannot complete for ${quote(shell)}: expected ${listChoices(known)}`, {
      unknown: { name: shell, known },
    });
  }
  const script = format(DEFINITIONS);
  yield { items: () => [], blocks: () => [{ block: "raw", text: script }] };
  return { exitCode: EXIT.done, summary: { shell, script } };
}
