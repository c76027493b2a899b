import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { SHORT_LIVED } from "../short-lived.ts";

/** A program that was started, and what it has printed so far. */
export interface StartedProgram {
  /** Grows while it runs. */
  readonly lines: readonly string[];
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** What it has written to standard error. */
  stderr(): string;
  kill(): void;
}

/** Starts a program under Node; `onLine` is told how many lines there are. */
export function startProgram(words: readonly string[], onLine: (count: number) => void = () => {}): StartedProgram {
  const child = spawn(process.execPath, [...SHORT_LIVED, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    onLine(lines.length);
  });
  const ended = once(child, "close").then(([code, signal]) => signal ?? code);
  return { lines, ended, stderr: () => stderr, kill: () => void child.kill("SIGKILL") };
}
