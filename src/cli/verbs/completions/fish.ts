import type { CommandDefinition, FlagDefinition } from "../../arguments/flag.ts";
import { GLOBAL_FLAG_LIST } from "../../arguments/global-flags.ts";
import { type Completion, completeArgument, findValueCompletion } from "./completion-words.ts";

/** A completion script for fish. */
export function formatFishCompletions(definitions: readonly CommandDefinition[]): string {
  const verbs = definitions.map(({ verb }) => verb).join(" ");
  const lines = [
    "# fish completion for catalog. Load it with: catalog completions fish | source",
    `set -l catalog_commands ${verbs} help`,
    "complete -c catalog -f",
    ...[...definitions, { verb: "help", summary: "show how a command is used" }].map(
      ({ verb, summary }) =>
        `complete -c catalog -n "not __fish_seen_subcommand_from $catalog_commands" -a ${verb} -d ${quoteWord(summary)}`,
    ),
    `complete -c catalog -n "__fish_seen_subcommand_from help" -a "${verbs}"`,
    ...GLOBAL_FLAG_LIST.map((flag) => `complete -c catalog ${flagWords(flag)}`),
    ...definitions.flatMap(verbLines),
  ];
  return `${lines.join("\n")}\n`;
}

function verbLines({ verb, flags, arguments: words }: CommandDefinition): readonly string[] {
  const start = `complete -c catalog -n "__fish_seen_subcommand_from ${verb}"`;
  const argument = places(completeArgument(words));
  return [...flags.map((flag) => `${start} ${flagWords(flag)}`), ...(argument === "" ? [] : [`${start}${argument}`])];
}

function flagWords(flag: FlagDefinition): string {
  const completion = findValueCompletion(flag);
  const value = completion === undefined ? "" : ` -r${places(completion)}`;
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  return `-l ${flag.name}${short}${value} -d ${quoteWord(flag.summary)}`;
}

function places(completion: Completion): string {
  switch (completion.kind) {
    case "words":
      return ` -a "${completion.words.join(" ")}"`;
    case "file":
      return " -F";
    case "directory":
      return ' -a "(__fish_complete_directories)"';
    case "nothing":
      return "";
    default:
      return completion satisfies never;
  }
}

function quoteWord(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
