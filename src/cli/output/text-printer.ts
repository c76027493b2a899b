import { escapeControls } from "../../core/messages/quote.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogFields, LogLevel } from "../../ports/logger.ts";
import type { Channel } from "./channel.ts";
import { FindingCounts } from "./finding-counts.ts";
import { formatJsonLog, formatTextLog, type LogFilter } from "./log-line.ts";
import type { Paint } from "./paint.ts";
import type { Block, CommandEnd, ErrorReport, Finding, Part, Progress } from "./part.ts";
import type { Printer } from "./printer.ts";
import { ProgressBar } from "./progress-bar.ts";

/** What a {@link TextPrinter} writes to, and how. */
export interface TextPrinterOptions {
  readonly out: Channel;
  readonly err: Channel;
  readonly clock: Clock;
  readonly logs: LogFilter;
  /** Log lines as JSON. */
  readonly logJson: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** For standard output and for standard error. */
  readonly paint: { readonly out: Paint; readonly err: Paint };
  /** Whether standard error takes a progress bar. */
  readonly bar: boolean;
}

/** Text for people. Everything from outside has its control characters escaped on the way. */
export class TextPrinter implements Printer {
  readonly #options: TextPrinterOptions;
  readonly #bar: ProgressBar;
  readonly #findings = new FindingCounts();

  constructor(options: TextPrinterOptions) {
    this.#options = options;
    this.#bar = new ProgressBar(options.err, options.clock);
  }

  async part(part: Part): Promise<void> {
    await this.#blocks(part.blocks({ verbose: this.#options.verbose }));
  }

  async end(_verb: string, { blocks, next }: CommandEnd): Promise<void> {
    await this.#blocks(blocks?.({ verbose: this.#options.verbose }) ?? []);
    if (next !== undefined) await this.#blocks([{ block: "advice", text: `Next: catalog ${next}` }]);
  }

  async text(text: string): Promise<void> {
    this.#options.out.write(text);
    await this.#options.out.flush();
  }

  /** A million of one kind would hide all others; `--json` has them all. */
  finding({ kind, label = kind, message }: Finding): void {
    const { quiet, verbose, paint } = this.#options;
    if (quiet || !(this.#findings.add(kind) || verbose)) return;
    this.#bar.above(`${paint.err.yellow(`${label}:`)} ${escapeControls(message)}\n`);
  }

  #tellHidden(): void {
    const { quiet, verbose, paint } = this.#options;
    if (quiet || verbose) return;
    for (const [kind, count] of this.#findings.takeHidden()) {
      this.#bar.above(`${paint.err.yellow(`${kind}:`)} ${count} more are not shown; --verbose and --json have all\n`);
    }
  }

  progress(progress: Progress): void {
    if (this.#options.bar && !this.#options.quiet) this.#bar.update(progress);
  }

  log(level: LogLevel, message: string, fields?: LogFields): void {
    const { logs, logJson, clock, paint } = this.#options;
    if (!logs(level)) return;
    const line = { level, message, fields };
    this.#bar.above(logJson ? formatJsonLog({ ...line, clock }) : `${formatTextLog(line, paint.err)}\n`);
  }

  error({ message, hint, trace }: ErrorReport): void {
    const { err, paint } = this.#options;
    err.write(`${paint.err.red("error:")} ${escapeControls(message)}\n`);
    if (hint !== undefined) err.write(`${paint.err.dim("hint:")} ${escapeControls(hint)}\n`);
    for (const line of trace?.split("\n") ?? []) err.write(`  ${escapeControls(line)}\n`);
  }

  async finish(): Promise<void> {
    this.#tellHidden();
    this.#bar.stop();
    // The bar is gone before anything else stands in its line.
    await this.flushErrors();
    await this.#options.out.flush();
  }

  async flushErrors(): Promise<void> {
    await this.#options.err.flush().catch(() => undefined);
  }

  async #blocks(blocks: readonly Block[]): Promise<void> {
    const { out, quiet } = this.#options;
    for (const block of blocks) {
      if (block.block === "advice" && quiet) continue;
      for (const line of await this.#lines(block)) out.write(line);
    }
    await out.flush();
  }

  async #lines(block: Block): Promise<readonly string[]> {
    switch (block.block) {
      case "table":
        return this.#table(block);
      case "pairs":
        return this.#pairs(block.rows);
      case "line":
        return [`${escapeControls(block.text)}\n`];
      case "advice":
        return [`${this.#options.paint.out.dim(escapeControls(block.text))}\n`];
      case "gap":
        return ["\n"];
      case "raw":
        return [block.text];
      default:
        return block satisfies never;
    }
  }

  async #table({ columns, rows, continued = false }: Block & { block: "table" }): Promise<readonly string[]> {
    const { out, verbose, paint } = this.#options;
    const { formatTable } = await import("./table.ts");
    const width = out.isTerminal && !verbose ? out.columns : undefined;
    const lines = await formatTable({ columns, rows, width, titles: !continued });
    return lines.map((line, index) => `${index === 0 && !continued ? paint.out.bold(line) : line}\n`);
  }

  #pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
    const width = Math.max(0, ...rows.map(([label]) => label.length));
    const { dim } = this.#options.paint.out;
    return rows.map(([label, value]) => `${dim(label.padEnd(width))}  ${escapeControls(value)}\n`);
  }
}
