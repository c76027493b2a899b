import { quote } from "../../core/messages/quote.ts";
import { UsageError } from "../exit-codes.ts";
import type { FlagDefinition } from "./flag.ts";

/** What stands on a command line, sorted. */
export interface CommandWords {
  /** Everything that is no flag and no flag's value, in order: the verb and its arguments. */
  readonly words: readonly string[];
  /** Values by the flag's name, in order; a boolean flag that is there has none. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/** The flags of all commands, for finding them. */
export class FlagTable {
  readonly #byName = new Map<string, FlagDefinition>();
  readonly #byShort = new Map<string, FlagDefinition>();

  constructor(flags: Iterable<FlagDefinition>) {
    for (const flag of flags) {
      this.#byName.set(flag.name, flag);
      if (flag.short !== undefined) this.#byShort.set(flag.short, flag);
    }
  }

  get(name: string): FlagDefinition | undefined {
    return this.#byName.get(name);
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  getShort(letter: string): FlagDefinition | undefined {
    return this.#byShort.get(letter);
  }
}

/**
 * Sorts `argv` into words and flags: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-` as a word, and `--`,
 * behind which everything is a word.
 * @throws {UsageError} for an unknown flag, a value that is missing or too much, and a flag that is there twice
 */
export function tokenise(argv: readonly string[], table: FlagTable): CommandWords {
  const words: string[] = [];
  const flags = new Map<string, string[]>();
  for (let index = 0; index < argv.length; index++) {
    const text = argv[index] ?? "";
    if (text === "--") {
      words.push(...argv.slice(index + 1));
      break;
    }
    if (text === "-" || !text.startsWith("-")) {
      words.push(text);
      continue;
    }
    const { flag, value } = readFlag(text, table);
    if (flag.kind === "boolean") {
      if (value !== undefined) throw new UsageError(`Cannot use ${quote(text)}: --${flag.name} takes no value`);
      flags.set(flag.name, []);
      continue;
    }
    addValue(flags, flag, value ?? takeValue(flag, argv[++index]));
  }
  return { words, flags };
}

function readFlag(text: string, table: FlagTable): { flag: FlagDefinition; value: string | undefined } {
  if (!text.startsWith("--")) {
    const flag = table.getShort(text.charAt(1));
    if (flag === undefined || (flag.kind === "boolean" && text.length > 2)) {
      throw unknownFlag(text, table.names());
    }
    return { flag, value: text.length > 2 ? text.slice(2).replace(/^=/, "") : undefined };
  }
  const equals = text.indexOf("=");
  const name = equals < 0 ? text.slice(2) : text.slice(2, equals);
  const flag = table.get(name);
  if (flag === undefined) throw unknownFlag(`--${name}`, table.names());
  return { flag, value: equals < 0 ? undefined : text.slice(equals + 1) };
}

function unknownFlag(text: string, known: readonly string[]): UsageError {
  return new UsageError(`Cannot use ${quote(text)}: there is no such flag`, {
    hint: `A word that begins with a dash goes behind "--".`,
    unknown: { name: text, known: known.map((name) => `--${name}`) },
  });
}

function takeValue(flag: FlagDefinition, next: string | undefined): string {
  // Whoever forgets a value must not have the next flag taken for it: remove --reason --dry-run.
  if (next !== undefined && (next === "-" || !next.startsWith("-"))) return next;
  throw new UsageError(`Cannot use --${flag.name}: its value is missing`, {
    ...(next !== undefined &&
      next !== "--" && { hint: `A value that begins with a dash is given as --${flag.name}=…` }),
  });
}

function addValue(flags: Map<string, string[]>, flag: FlagDefinition, value: string): void {
  const values = flags.get(flag.name);
  if (values === undefined) {
    flags.set(flag.name, [value]);
    return;
  }
  if (!flag.repeatable) {
    // Without the values: there may be a password in them.
    throw new UsageError(`Cannot use --${flag.name} twice: it takes one value`);
  }
  values.push(value);
}
