import type { LogFields, LogLevel } from "../../ports/logger.ts";
import type { CommandEnd, ErrorReport, Finding, Part, Progress } from "./part.ts";

/** Turns what a command hands back into what stands on standard output and standard error. */
export interface Printer {
  /** Resolves when the part was handed on. @throws {BrokenPipe} */
  part(part: Part): Promise<void>;
  /** The last word of a command that came to its end. @throws {BrokenPipe} */
  end(verb: string, end: CommandEnd): Promise<void>;
  /** Text of our own, like a help. @throws {BrokenPipe} */
  text(text: string): Promise<void>;
  finding(finding: Finding): void;
  progress(progress: Progress): void;
  log(level: LogLevel, message: string, fields?: LogFields): void;
  error(report: ErrorReport): void;
  /** Takes the progress away, writes what is left and ends timers; after that only {@link error} may come. */
  finish(): Promise<void>;
  /** Resolves when standard error was written, as far as it takes it. */
  flushErrors(): Promise<void>;
}
