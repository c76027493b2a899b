import type { ArgumentDefinition, CommandDefinition, FlagDefinition } from "../../arguments/flag.ts";
import { GLOBAL_FLAG_LIST } from "../../arguments/global-flags.ts";

/** What can stand in the place of a flag's value or an argument, for a shell. */
export type Completion =
  | {
      readonly kind: "words";
      readonly words: readonly string[] /** Something follows the word. */;
      readonly open: boolean;
    }
  | { readonly kind: "file" }
  | { readonly kind: "directory" }
  | { readonly kind: "nothing" };

/** What completes the value of a flag; `undefined` when it takes none. */
export function findValueCompletion({ kind, choices }: FlagDefinition): Completion | undefined {
  switch (kind) {
    case "boolean":
      return undefined;
    case "file":
    case "directory":
      return { kind };
    case "choice":
      return { kind: "words", words: choices ?? [], open: false };
    case "assignment":
      if (choices === undefined) return { kind: "nothing" };
      return { kind: "words", words: choices.map((name) => `${name}=`), open: true };
    default:
      return { kind: "nothing" };
  }
}

/** What completes the first argument of a command. */
export function completeArgument([argument]: readonly ArgumentDefinition[]): Completion {
  if (argument === undefined) return { kind: "nothing" };
  if (argument.choices !== undefined) return { kind: "words", words: argument.choices, open: false };
  return argument.kind === "file" ? { kind: "file" } : { kind: "nothing" };
}

/** The flags of a command with those of every command. */
export function allFlags(definition: CommandDefinition): readonly FlagDefinition[] {
  return [...definition.flags, ...GLOBAL_FLAG_LIST];
}

/** How a flag is written: `-c` and `--config`. */
export function flagNames({ name, short }: FlagDefinition): readonly string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}
