import { expect } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Ended } from "./workplace.ts";

/** Everything that could steer a terminal or pretend to be something else; line ends and tabs are harmless. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/;

/** What an error must say: the parts of its message, and of the advice. */
export interface ExpectedError {
  readonly exitCode: number;
  readonly message: readonly string[];
  readonly hint: string;
}

/** Expects one error, which says all that is expected and nothing else, on standard error. */
export function expectError(ended: Ended, { exitCode, message, hint }: ExpectedError): void {
  const lines = ended.stderr.split("\n");
  expect(lines, ended.stderr).toHaveLength(3);
  const [error = "", advice = ""] = lines;
  expect(error).toMatch(/^error: Cannot /);
  for (const part of message) expect(error).toContain(part);
  expect(advice).toMatch(/^hint: /);
  expect(advice).toContain(hint);
  expect(ended).toMatchObject({ exitCode, signal: null, stdout: "" });
  expectHarmless(ended);
}

/** What an import must report about one line. */
export interface ExpectedFinding {
  readonly kind: string;
  readonly line: number;
  readonly message: readonly string[];
  /** What to do about it, as the end of the import says. */
  readonly hint: string;
}

/** Expects that an import was partly done, with one report. */
export function expectFinding(ended: Ended, { kind, line, message, hint }: ExpectedFinding): void {
  const lines = ended.stderr.split("\n");
  expect(lines, ended.stderr).toHaveLength(2);
  expect(lines[0]).toMatch(new RegExp(`^line ${line}: ${kind}: `));
  for (const part of message) expect(lines[0]).toContain(part);
  expect(ended.stdout).toContain(hint);
  expect(ended).toMatchObject({ exitCode: EXIT.partly, signal: null });
  expectHarmless(ended);
}

/** Expects that nothing on a terminal moves, changes colour or hides. */
export function expectHarmless({ stdout, stderr }: Ended): void {
  expect(stdout).not.toMatch(STEERING);
  expect(stderr).not.toMatch(STEERING);
}

/** The lines of `--json`. @throws when one is no JSON object */
export function jsonLines(text: string): readonly Record<string, unknown>[] {
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(value).toBeTypeOf("object");
      return value as Record<string, unknown>;
    });
}
