/** How much a log line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values that go with a log line; names in snake_case. Never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where structured log lines go. */
export interface Logger {
  /** Takes one line. Neither throws nor waits: a log that fails is nobody's error. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
}
