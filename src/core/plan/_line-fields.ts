import { escapeControls, quote } from "../messages/quote.ts";

/** A line as JSON has it, whatever its values are. */
export type Fields = Readonly<Record<string, unknown>>;

/** Gives a line that was written just as `format` writes it. @throws {SyntaxError} for any other */
export function requireExact<Line>(text: string, line: Line, format: (line: Line) => string): Line {
  if (format(line) === text) return line;
  throw new SyntaxError("it has other fields, or is written in another way, than a plan has it");
}

/** The fields of a line. @throws {SyntaxError} for one that is no JSON object */
export function parseFields(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("it is no JSON");
  }
  if (typeof value !== "object" || value === null) throw new SyntaxError("it is no JSON object");
  return Object.fromEntries(Object.entries(value));
}

/** Whether a value is one of some texts. */
export function isOneOf<Value extends string>(values: readonly Value[], value: unknown): value is Value {
  return values.some((each) => each === value);
}

/** Whether a value is a whole number from 0. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Whether a value is a text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** What refuses the value of a field. */
export function wrong(field: string, value: unknown): SyntaxError {
  return new SyntaxError(`its ${field} is ${show(value)}`);
}

/** A value for a message. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string" ? quote(value, 80) : escapeControls(JSON.stringify(value).slice(0, 80));
}
