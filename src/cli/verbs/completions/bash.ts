import type { CommandDefinition, FlagDefinition } from "../../arguments/flag.ts";
import { GLOBAL_FLAG_LIST } from "../../arguments/global-flags.ts";
import { allFlags, type Completion, completeArgument, findValueCompletion, flagNames } from "./completion-words.ts";

/** A completion script for bash 4 and later. */
export function formatBashCompletions(definitions: readonly CommandDefinition[]): string {
  const verbs = definitions.map(({ verb }) => verb);
  const flags = uniqueFlags(definitions);
  return `# bash completion for catalog. Load it with: source <(catalog completions bash)
_catalog() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" verb="" index word
  (( COMP_CWORD > 0 )) && previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  # bash splits --flag=value at the equals sign.
  if [[ $current == "=" ]]; then current=""; elif [[ $previous == "=" ]]; then previous="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for (( index = 1; index < COMP_CWORD; index++ )); do
    word="\${COMP_WORDS[index]}"
    case "$word" in
      ${valueFlagPattern(flags)}) (( index++ )); [[ \${COMP_WORDS[index]} == "=" ]] && (( index++ )) ;;
      -*) ;;
      help) ;;
      *) verb="$word"; break ;;
    esac
  done
  COMPREPLY=()
  case "$previous" in
${flags.map(valueCase).filter(Boolean).join("\n")}
  esac
  if [[ -z $verb && $current != -* ]]; then
    COMPREPLY=($(compgen -W "${[...verbs, "help"].join(" ")}" -- "$current"))
    return
  fi
  case "$verb" in
${definitions.map(verbCase).join("\n")}
    *) COMPREPLY=($(compgen -W "${flagWords(GLOBAL_FLAG_LIST)}" -- "$current")) ;;
  esac
}
complete -F _catalog catalog
`;
}

/** Flags of the same name complete alike: their choices are put together. */
function uniqueFlags(definitions: readonly CommandDefinition[]): readonly FlagDefinition[] {
  return [...new Map(definitions.flatMap(allFlags).map((flag) => [flag.name, flag])).values()];
}

function valueFlagPattern(flags: readonly FlagDefinition[]): string {
  return flags
    .filter(({ kind }) => kind !== "boolean")
    .flatMap(flagNames)
    .join("|");
}

function valueCase(flag: FlagDefinition): string {
  const completion = findValueCompletion(flag);
  if (completion === undefined) return "";
  return `    ${flagNames(flag).join("|")}) ${complete(completion)}return ;;`;
}

function verbCase(definition: CommandDefinition): string {
  const flags = `COMPREPLY=($(compgen -W "${flagWords(allFlags(definition))}" -- "$current"))`;
  const argument = complete(completeArgument(definition.arguments));
  const otherwise = argument === "" ? "" : ` else ${argument.trim()}`;
  return `    ${definition.verb}) if [[ $current == -* ]]; then ${flags};${otherwise} fi ;;`;
}

function flagWords(flags: readonly FlagDefinition[]): string {
  return flags.flatMap(flagNames).join(" ");
}

/** Commands that end in "; ", or nothing. */
function complete(completion: Completion): string {
  switch (completion.kind) {
    case "words": {
      const nospace = completion.open ? "compopt -o nospace 2>/dev/null; " : "";
      return `${nospace}COMPREPLY=($(compgen -W "${completion.words.join(" ")}" -- "$current")); `;
    }
    case "file":
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); ';
    case "directory":
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current"); ';
    case "nothing":
      return "";
    default:
      return completion satisfies never;
  }
}
