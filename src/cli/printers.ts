import type { CliHost } from "./host.ts";
import { Channel } from "./output/channel.ts";
import { createLogFilter } from "./output/log-line.ts";
import type { Printer } from "./output/printer.ts";

/** The flags that say how to print. */
export interface PrintFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly logJson: boolean;
  readonly noColor: boolean;
}

/** The flags on a command line that may be wrong otherwise: its error is printed as they say. */
export function findPrintFlags(argv: readonly string[]): PrintFlags {
  const end = argv.indexOf("--");
  const words = new Set(end < 0 ? argv : argv.slice(0, end));
  return {
    json: words.has("--json"),
    quiet: words.has("--quiet"),
    verbose: words.has("--verbose"),
    logJson: words.has("--log-json"),
    noColor: words.has("--no-color"),
  };
}

/** The printer that the flags ask for, over the streams of the host. */
export async function createPrinter(host: CliHost, flags: PrintFlags): Promise<Printer> {
  const { clock } = host;
  const out = new Channel(host.stdout);
  const err = new Channel(host.stderr);
  const { quiet, verbose, logJson } = flags;
  const logs = createLogFilter({ quiet, verbose });
  if (flags.json) {
    const { JsonPrinter } = await import("./output/json-printer.ts");
    return new JsonPrinter({ out, err, clock, logs, quiet, verbose });
  }
  const { TextPrinter } = await import("./output/text-printer.ts");
  const { createPaint } = await import("./output/paint.ts");
  const dumb = host.env?.["TERM"] === "dumb";
  // https://no-color.org: any value but the empty one.
  const colors = !flags.noColor && !dumb && (host.env?.["NO_COLOR"] ?? "") === "";
  return new TextPrinter({
    out,
    err,
    clock,
    logs,
    logJson,
    quiet,
    verbose,
    paint: { out: createPaint(colors && out.isTerminal), err: createPaint(colors && err.isTerminal) },
    bar: err.isTerminal && !dumb && !logJson,
  });
}
