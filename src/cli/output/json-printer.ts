import type { Clock } from "../../ports/clock.ts";
import type { LogFields, LogLevel } from "../../ports/logger.ts";
import type { Channel } from "./channel.ts";
import { formatJsonLine } from "./json-line.ts";
import { formatJsonLog, type LogFilter } from "./log-line.ts";
import type { CommandEnd, ErrorReport, Finding, Part, Progress } from "./part.ts";
import type { Printer } from "./printer.ts";

/** The version of the lines of `--json`, see `schema/cli-output.schema.json`. */
export const OUTPUT_SCHEMA_VERSION = 1;

/** A line of progress at most every so many milliseconds. */
const PROGRESS_INTERVAL_MS = 1000;

/** What a {@link JsonPrinter} writes to. */
export interface JsonPrinterOptions {
  readonly out: Channel;
  readonly err: Channel;
  readonly clock: Clock;
  readonly logs: LogFilter;
  /** No progress. */
  readonly quiet: boolean;
  /** Also what is nothing to report. */
  readonly verbose: boolean;
}

/** JSON lines: what was found on standard output; progress, log lines and errors on standard error. */
export class JsonPrinter implements Printer {
  readonly #options: JsonPrinterOptions;
  #lastProgressMs = Number.NEGATIVE_INFINITY;

  constructor(options: JsonPrinterOptions) {
    this.#options = options;
  }

  async part(part: Part): Promise<void> {
    const { out, verbose } = this.#options;
    for (const item of part.items({ verbose })) out.write(formatJsonLine(item));
    await out.flush();
  }

  async end(verb: string, { summary }: CommandEnd): Promise<void> {
    const head = { type: "summary", schema_version: OUTPUT_SCHEMA_VERSION, command: verb };
    this.#options.out.write(formatJsonLine({ ...head, ...summary }));
    await this.#options.out.flush();
  }

  async text(text: string): Promise<void> {
    this.#options.out.write(text);
    await this.#options.out.flush();
  }

  finding({ kind, message, fields }: Finding): void {
    this.#options.out.write(formatJsonLine({ type: "finding", kind, message, ...fields }));
  }

  progress({ fields }: Progress): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#options.quiet || nowMs - this.#lastProgressMs < PROGRESS_INTERVAL_MS) return;
    this.#lastProgressMs = nowMs;
    this.#options.err.write(formatJsonLine({ type: "progress", ...fields }));
  }

  log(level: LogLevel, message: string, fields?: LogFields): void {
    const { logs, err, clock } = this.#options;
    if (logs(level)) err.write(formatJsonLog({ level, message, fields, clock }));
  }

  error({ code, message, hint, guard, trace }: ErrorReport): void {
    const more = { ...(guard !== undefined && { guard }), ...(trace !== undefined && { trace }) };
    this.#options.err.write(formatJsonLine({ type: "error", code, message, hint: hint ?? null, ...more }));
  }

  async finish(): Promise<void> {
    await this.#options.out.flush();
  }

  async flushErrors(): Promise<void> {
    await this.#options.err.flush().catch(() => undefined);
  }
}
