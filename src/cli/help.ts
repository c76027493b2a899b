import type { ArgumentDefinition, CommandDefinition, FlagDefinition } from "./arguments/flag.ts";
import { GLOBAL_FLAG_LIST } from "./arguments/global-flags.ts";
import { EXIT_CODE_TEXTS } from "./exit-codes.ts";

const WIDTH = 100;

/** The help of the whole program. */
export function formatProgramHelp(version: string, definitions: readonly CommandDefinition[]): string {
  return join([
    [`content-catalog ${version}: knows what was downloaded, stores it once, proves it intact.`],
    ["Usage: catalog COMMAND [ARGUMENTS] [FLAGS]"],
    section("Commands", [
      ...definitions.map(({ verb, summary }) => [verb, summary] as const),
      ["help COMMAND", "show how a command is used"],
    ]),
    section("Flags of every command", GLOBAL_FLAG_LIST.map(flagRow)),
    exitCodes(),
    ['Start with "catalog init" or "catalog import-manifest PATH".'],
  ]);
}

/** The help of one command. */
export function formatCommandHelp(definition: CommandDefinition): string {
  const { verb, summary, details = [], arguments: words, flags, examples } = definition;
  const usage = ["Usage: catalog", verb, ...(flags.length > 0 ? ["[FLAGS]"] : []), ...words.map(formatArgument)];
  return join([
    [`catalog ${verb}: ${summary}`],
    [usage.join(" ")],
    ...details.map((paragraph) => wrap(paragraph, WIDTH)),
    section(
      "Arguments",
      words.map((word) => [word.name, word.summary] as const),
    ),
    section("Flags", flags.map(flagRow)),
    section("Flags of every command", GLOBAL_FLAG_LIST.map(flagRow)),
    examples.length === 0
      ? []
      : ["Examples:", ...examples.flatMap(([line, what]) => [`  $ catalog ${line}`, `      ${what}`])],
    exitCodes(),
  ]);
}

function formatArgument({ name, variadic, optional }: ArgumentDefinition): string {
  const word = variadic ? `${name}...` : name;
  return optional ? `[${word}]` : word;
}

function flagRow({
  name,
  short,
  kind,
  placeholder,
  summary,
  choices,
  repeatable,
}: FlagDefinition): readonly [string, string] {
  const value = kind === "boolean" ? "" : ` ${placeholder ?? kind.toUpperCase()}`;
  const allowed = choices === undefined ? "" : ` (${choices.join(", ")})`;
  return [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value}`,
    `${summary}${allowed}${repeatable ? "; may be repeated" : ""}`,
  ];
}

function exitCodes(): readonly string[] {
  return section(
    "Exit codes",
    EXIT_CODE_TEXTS.map(([code, text]) => [String(code).padStart(3), text] as const),
  );
}

/** A title, and rows with a name and a text that is wrapped beside it. */
function section(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return [];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const indent = " ".repeat(nameWidth + 4);
  return [
    `${title}:`,
    ...rows.flatMap(([name, text]) =>
      wrap(text, WIDTH - indent.length).map((line, index) =>
        index === 0 ? `  ${name.padEnd(nameWidth)}  ${line}` : indent + line,
      ),
    ),
  ];
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function join(paragraphs: readonly (readonly string[])[]): string {
  const present = paragraphs.filter((lines) => lines.length > 0);
  return `${present.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
