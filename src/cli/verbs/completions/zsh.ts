import type { CommandDefinition, FlagDefinition } from "../../arguments/flag.ts";
import { GLOBAL_FLAG_LIST } from "../../arguments/global-flags.ts";
import { type Completion, completeArgument, findValueCompletion } from "./completion-words.ts";

/** A completion script for zsh, as a file `_catalog` in a folder of `fpath`. */
export function formatZshCompletions(definitions: readonly CommandDefinition[]): string {
  return `#compdef catalog
# zsh completion for catalog. Save it as _catalog in a folder of fpath.
_catalog() {
  local curcontext="$curcontext" state line
  local -a global_flags commands
  global_flags=(
${GLOBAL_FLAG_LIST.flatMap(flagSpecs).join("\n")}
  )
  commands=(
${definitions.map(({ verb, summary }) => `    ${quoteWord(`${verb}:${summary}`)}`).join("\n")}
    'help:show how a command is used'
  )
  _arguments -C $global_flags '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
${definitions.map(verbCase).join("\n")}
        help) _describe -t commands command commands ;;
      esac ;;
  esac
}
if [[ $funcstack[1] == _catalog ]]; then
  _catalog "$@"
else
  compdef _catalog catalog
fi
`;
}

function verbCase({ verb, flags, arguments: words }: CommandDefinition): string {
  const argument = action(completeArgument(words));
  const places = words.map(({ name, variadic }) => quoteWord(`${variadic ? "*" : ""}:${name}:${argument}`));
  const specs = [...flags.flatMap(flagSpecs).map((spec) => spec.trim()), ...places];
  return `        ${verb}) _arguments $global_flags ${specs.join(" ")} ;;`;
}

function flagSpecs(flag: FlagDefinition): readonly string[] {
  const { name, short, summary, placeholder, kind, repeatable } = flag;
  const completion = findValueCompletion(flag);
  const value = completion === undefined ? "" : `:${placeholder ?? kind}:${action(completion)}`;
  const rest = `[${summary.replace(/[[\]\\:]/g, "\\$&")}]${value}`;
  const prefix = repeatable ? "*" : "";
  const long = quoteWord(`${prefix}--${name}${completion === undefined ? "" : "="}${rest}`);
  return short === undefined ? [`    ${long}`] : [`    ${quoteWord(`${prefix}-${short}${rest}`)}`, `    ${long}`];
}

function action(completion: Completion): string {
  switch (completion.kind) {
    case "words":
      return `(${completion.words.join(" ")})`;
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "nothing":
      return " ";
    default:
      return completion satisfies never;
  }
}

function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
