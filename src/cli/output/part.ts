import type { ExitCode } from "../exit-codes.ts";

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonFields;

/** A JSON object; names in snake_case. */
export interface JsonFields {
  readonly [name: string]: JsonValue;
}

/** One line of `--json`. */
export type JsonItem = JsonFields & { readonly type: string };

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
  /** Cut its texts where the terminal is too narrow. @default false */
  readonly shrink?: boolean;
}

/** What people see, before it has a shape. Texts may come from outside; whoever prints them makes them safe. */
export type Block =
  | {
      readonly block: "table";
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
      /** It goes on with the table before it: no titles. @default false */
      readonly continued?: boolean;
    }
  | { readonly block: "pairs"; readonly rows: readonly (readonly [string, string])[] }
  | { readonly block: "line"; readonly text: string }
  /** Advice, left out by `--quiet`. */
  | { readonly block: "advice"; readonly text: string }
  /** An empty line. */
  | { readonly block: "gap" }
  /** For programs: comes out as it is. Never text from outside. */
  | { readonly block: "raw"; readonly text: string };

/** What the person wants to see. */
export interface TextStyle {
  readonly verbose: boolean;
}

/** A piece of what a command found, for whichever printer. */
export interface Part {
  items(style?: TextStyle): readonly JsonItem[];
  blocks(style: TextStyle): readonly Block[];
}

/** How a command ended. */
export interface CommandEnd {
  readonly exitCode: ExitCode;
  /** What the last line of `--json` says beside its type, version and command. */
  readonly summary: JsonFields;
  readonly blocks?: (style: TextStyle) => readonly Block[];
  /** The command that comes next, without the program's name. */
  readonly next?: string | undefined;
}

/** Something to report while a command goes on. */
export interface Finding {
  /** What it is, as one word. */
  readonly kind: string;
  /** What people see before the message. @default the kind */
  readonly label?: string | undefined;
  /** One sentence; may contain text from outside. */
  readonly message: string;
  /** What else `--json` says about it. */
  readonly fields: JsonFields;
}

/** How far a command is. */
export interface Progress {
  readonly done: number;
  /** What `done` will be at the end, where that is known. */
  readonly total: number | undefined;
  /** For people, like "1200 lines". */
  readonly text: string;
  /** What `--json` says. */
  readonly fields: JsonFields;
}

/** What ended a command before its end. */
export interface ErrorReport {
  /** An error code, or `USAGE`, `INTERRUPTED`, `UNEXPECTED`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** What said no, for `REFUSED`. */
  readonly guard?: string | undefined;
  /** Where it came from, for `--verbose`. */
  readonly trace: string | undefined;
}
