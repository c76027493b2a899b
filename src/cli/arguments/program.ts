import { CAC, type Command } from "cac";
import type { CommandDefinition, FlagDefinition } from "./flag.ts";
import { GLOBAL_FLAG_LIST } from "./global-flags.ts";
import type { CommandWords } from "./tokenise.ts";

/** What a command line asks for. */
export type Request = "help" | "version" | "command";

/** A command line as cac understood it. */
export interface ParsedProgram {
  readonly request: Request;
  /** `undefined` when there is none, or none that is known. */
  readonly verb: string | undefined;
  /** The words behind the verb. */
  readonly words: readonly string[];
  /** Values by the flag's name; a boolean flag that is there has none. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/**
 * Stands before every word and value on its way through cac. cac turns "007" into 7, takes "-" and what begins with a
 * dash for flags, lets a boolean flag eat the word behind it, and splits names at dots; behind this sign nothing can
 * be taken for anything but text.
 */
const SENTINEL = "=";

/** cac with its printing taken out: it says what was asked for, and others print. */
class Program extends CAC {
  request: Request = "command";
  helpVerb: string | undefined;

  override outputHelp(): void {
    this.request = "help";
    this.helpVerb = this.matchedCommandName;
  }

  override outputVersion(): void {
    this.request = "version";
  }
}

/** Lets cac match the verb and collect flags, help and version, from words that cannot be misread any more. */
export function parseProgram(definitions: readonly CommandDefinition[], line: CommandWords): ParsedProgram {
  const program = new Program("catalog");
  const commands = definitions.map((definition) => addCommand(program, definition));
  for (const flag of GLOBAL_FLAG_LIST) {
    if (flag.name === "help") program.help();
    else if (flag.name === "version") program.version("known to the host", "--version");
    else program.option(rawFlag(flag), flag.summary);
  }
  const parsed = program.parse(["runtime", "catalog", ...safeArgv(line)], { run: false });
  const matched = commands.find(({ command }) => command === program.matchedCommand);
  const options = [...program.globalCommand.options, ...(matched?.command.options ?? [])];
  return {
    request: program.request,
    verb: program.request === "help" ? program.helpVerb : matched?.definition.verb,
    words: parsed.args.map(withoutSentinel),
    flags: new Map(
      options.flatMap(({ name, negated, rawName }) => {
        const value: unknown = parsed.options[name];
        if (value === undefined || (negated && value === true)) return [];
        return [[/--([a-z0-9-]+)/.exec(rawName)?.[1] ?? name, valuesOf(value)] as const];
      }),
    ),
  };
}

function addCommand(
  program: Program,
  definition: CommandDefinition,
): { readonly definition: CommandDefinition; readonly command: Command } {
  const words = definition.arguments.map(({ name, variadic, optional }) => {
    const word = `${variadic ? "..." : ""}${name}`;
    return optional ? ` [${word}]` : ` <${word}>`;
  });
  const command = program.command(definition.verb + words.join(""), definition.summary);
  for (const flag of definition.flags) command.option(rawFlag(flag), flag.summary);
  return { definition, command };
}

function rawFlag(flag: FlagDefinition): string {
  const names = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
  return flag.kind === "boolean" ? names : `${names} <${flag.placeholder ?? flag.kind}>`;
}

/** The verb, then its words, then the flags: no flag stands before a word that it could eat. */
function safeArgv({ words: [verb, ...words], flags }: CommandWords): readonly string[] {
  // cac knows a version flag only where there is no verb.
  const withVerb = verb !== undefined && !flags.has("version");
  return [
    ...(withVerb ? [verb, ...words.map((word) => SENTINEL + word)] : []),
    ...[...flags].flatMap(([name, values]) =>
      values.length === 0 ? [`--${name}`] : values.map((value) => `--${name}=${SENTINEL}${value}`),
    ),
  ];
}

function valuesOf(value: unknown): readonly string[] {
  if (typeof value === "boolean") return [];
  return [value].flat().map((one) => withoutSentinel(String(one)));
}

function withoutSentinel(text: string): string {
  return text.slice(SENTINEL.length);
}
