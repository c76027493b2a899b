import { quote } from "../../core/messages/quote.ts";
import { UsageError } from "../exit-codes.ts";
import type { CommandDefinition, FlagDefinition, FlagValues } from "./flag.ts";
import { parseFlagValue } from "./flag-value.ts";
import { GLOBAL_FLAG_LIST, GLOBAL_FLAGS, type GlobalFlags } from "./global-flags.ts";
import { parseProgram } from "./program.ts";
import { type CommandWords, FlagTable, tokenise } from "./tokenise.ts";

/** A verb with its words and flags, as text. */
export interface CommandRequest<Definition extends CommandDefinition = CommandDefinition> {
  readonly definition: Definition;
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/** What a command line asks for, and the flags that hold for all of it. */
export type CommandLine<Definition extends CommandDefinition = CommandDefinition> = {
  readonly globals: GlobalFlags;
} & (
  | { readonly request: "help"; readonly definition: Definition | undefined }
  | { readonly request: "version" }
  | ({ readonly request: "command" } & CommandRequest<Definition>)
);

/** What a command is given. */
export interface CommandInput<Definition extends CommandDefinition> {
  readonly words: readonly string[];
  readonly flags: FlagValues<Definition["flags"]>;
}

/**
 * Reads the words behind the program's name. Nothing at all asks for help.
 * @throws {UsageError}
 */
export function parseCommandLine<Definition extends CommandDefinition>(
  argv: readonly string[],
  definitions: readonly Definition[],
): CommandLine<Definition> {
  // Flags of two verbs may have one name, and only one of them a value: then those of the verb that is named count.
  const named = argv.find((word) => definitions.some((definition) => definition.verb === word));
  const own = definitions.find((definition) => definition.verb === named)?.flags ?? [];
  const table = new FlagTable([...definitions.flatMap(({ flags }) => flags), ...own, ...GLOBAL_FLAG_LIST]);
  const line = helpAsFlag(tokenise(argv, table));
  const [verb] = line.words;
  if (verb !== undefined) checkVerb(verb, definitions);
  const parsed = parseProgram(definitions, line);
  const definition = definitions.find((candidate) => candidate.verb === parsed.verb);
  checkFlags(line, definition, definitions);
  const globals = bindFlags(GLOBAL_FLAGS, { flags: parsed.flags, nowMs: 0 });
  if (parsed.request === "version") return { request: "version", globals };
  if (parsed.request === "help" || definition === undefined) return { request: "help", definition, globals };
  checkWords(definition, parsed.words);
  return { request: "command", definition, words: parsed.words, flags: parsed.flags, globals };
}

/**
 * Reads the values of a command's flags.
 * @throws {UsageError} for a value that its flag does not take
 */
export function bindCommand<const Definition extends CommandDefinition>(
  definition: Definition,
  { words, flags, nowMs }: Pick<CommandRequest, "words" | "flags"> & { readonly nowMs: number },
): CommandInput<Definition> {
  return { words, flags: bindFlags<Definition["flags"]>(definition.flags, { flags, nowMs }) };
}

function bindFlags<Flags extends readonly FlagDefinition[]>(
  definitions: Flags,
  { flags, nowMs }: { readonly flags: ReadonlyMap<string, readonly string[]>; readonly nowMs: number },
): FlagValues<Flags> {
  const bound: Record<string, unknown> = {};
  for (const flag of definitions) {
    const values = flags.get(flag.name);
    if (flag.kind === "boolean") {
      bound[flag.name] = values !== undefined;
      continue;
    }
    const parsed = (values ?? []).map((value) => parseFlagValue(flag, value, nowMs));
    bound[flag.name] = flag.repeatable ? parsed : parsed[0];
  }
  // The kinds of the flags are what `FlagValues` is computed from.
  return bound as FlagValues<Flags>;
}

/** `help VERB` says the same as `VERB --help`. */
function helpAsFlag(line: CommandWords): CommandWords {
  const [first, ...rest] = line.words;
  if (first !== "help") return line;
  if (rest.length > 1) throw new UsageError(`Cannot show help for ${quote(rest.join(" "))}: it is more than one verb`);
  return { words: rest, flags: new Map([...line.flags, ["help", []]]) };
}

function checkVerb(verb: string, definitions: readonly CommandDefinition[]): void {
  if (definitions.some((definition) => definition.verb === verb)) return;
  throw new UsageError(`Cannot run ${quote(verb)}: there is no such command`, {
    hint: `"catalog help" lists all commands.`,
    unknown: { name: verb, known: [...definitions.map((definition) => definition.verb), "help"] },
  });
}

/** A flag of another command is a mistake that can be named. */
function checkFlags(
  line: CommandWords,
  definition: CommandDefinition | undefined,
  definitions: readonly CommandDefinition[],
): void {
  if (definition === undefined && line.words.length > 0) return;
  for (const name of line.flags.keys()) {
    const isOf = ({ flags }: Pick<CommandDefinition, "flags">): boolean => flags.some((flag) => flag.name === name);
    if (isOf({ flags: GLOBAL_FLAG_LIST }) || (definition !== undefined && isOf(definition))) continue;
    const owners = definitions.filter(isOf).map(({ verb }) => quote(verb));
    const target = definition === undefined ? "without a command" : `with ${quote(definition.verb)}`;
    throw new UsageError(`Cannot use --${name} ${target}: it belongs to ${owners.join(", ")}`);
  }
}

function checkWords(definition: CommandDefinition, words: readonly string[]): void {
  const { verb, arguments: expected } = definition;
  const missing = expected[words.length];
  if (missing !== undefined && missing.optional !== true) {
    throw new UsageError(`Cannot run ${quote(verb)}: ${missing.name} is missing`, {
      hint: `"catalog help ${verb}" shows how it is used.`,
    });
  }
  const empty = words.findIndex((word) => word.trim() === "");
  if (empty >= 0) {
    const { name } = expected[Math.min(empty, expected.length - 1)] ?? { name: "argument" };
    throw new UsageError(`Cannot run ${quote(verb)}: ${name} is empty`);
  }
  const extra = words[expected.length];
  if (extra !== undefined && expected.at(-1)?.variadic !== true) {
    throw new UsageError(`Cannot run ${quote(verb)} with ${quote(extra)}: it takes ${countOf(expected.length)}`, {
      hint: "Text with spaces needs quotes.",
    });
  }
}

function countOf(words: number): string {
  if (words === 0) return "no argument";
  return words === 1 ? "one argument" : `${words} arguments`;
}
