import { escapeControls } from "../../core/messages/quote.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogFields, LogLevel } from "../../ports/logger.ts";
import { formatJsonLine } from "./json-line.ts";
import type { Paint } from "./paint.ts";

/** Whether lines of a level are shown. */
export type LogFilter = (level: LogLevel) => boolean;

/** Warnings by default, errors only when quiet, everything when verbose. */
export function createLogFilter({ quiet, verbose }: { quiet: boolean; verbose: boolean }): LogFilter {
  if (verbose) return () => true;
  return (level) => level === "error" || (level === "warn" && !quiet);
}

/** A log line for programs. */
export function formatJsonLog(line: {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
  readonly clock: Clock;
}): string {
  const { level, message, fields = {} } = line;
  return formatJsonLine({ type: "log", time: formatTimestamp(line.clock.now()), level, message, fields });
}

/** A log line for people. */
export function formatTextLog(
  line: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields | undefined },
  paint: Paint,
): string {
  const fields = Object.entries(line.fields ?? {}).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${label(line.level, paint)} ${escapeControls(line.message + fields.join(""))}`;
}

function label(level: LogLevel, paint: Paint): string {
  switch (level) {
    case "error":
      return paint.red("error:");
    case "warn":
      return paint.yellow("warning:");
    default:
      return paint.dim(`${level}:`);
  }
}
