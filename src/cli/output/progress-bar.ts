import type { BarOptions, SingleBar, Terminal } from "cli-progress";
import type { Channel } from "./channel.ts";
import { formatDuration } from "./human-text.ts";
import type { Progress } from "./part.ts";

const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = "\r\u001b[2K";

/** A bar on the last line of a terminal, with how far it is, a rate and the time that is left. */
export class ProgressBar {
  readonly #channel: Channel;
  #bar: SingleBar | undefined;
  #loading: Promise<void> | undefined;
  #latest: Progress | undefined;
  #stopped = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Shows how far it is; the first call loads and starts the bar, which takes a moment. */
  update(progress: Progress): void {
    if (this.#stopped) return;
    this.#latest = progress;
    this.#loading ??= this.#start(progress);
    this.#bar?.update(progress.done, { text: progress.text });
  }

  async #start({ total }: Progress): Promise<void> {
    const { default: cliProgress } = await import("cli-progress");
    if (this.#stopped) return;
    this.#bar = new cliProgress.SingleBar(barOptions(this.#channel, total));
    this.#bar.start(total ?? 0, 0, { text: this.#latest?.text ?? "" });
  }

  /** Writes lines above the bar. */
  above(lines: string): void {
    this.#channel.write(this.#bar === undefined ? lines : CLEAR_LINE + lines);
  }

  /** Takes the bar away. Stopping twice is safe. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loading;
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function barOptions(channel: Channel, total: number | undefined): BarOptions {
  const format = total === undefined ? "{text}" : "[{bar}] {percentage}% | {text} | {eta_formatted} left";
  return {
    format,
    barsize: 20,
    etaBuffer: 50,
    clearOnComplete: true,
    // Lines above the bar take it away; it comes back with the next redraw.
    forceRedraw: true,
    formatTime: formatDuration,
    terminal: terminalOver(channel),
  };
}

/** What cli-progress needs of a terminal; without saving the cursor, as lines above the bar move it. */
function terminalOver(channel: Channel): Terminal {
  const ignore = (): void => {};
  const columns = (): number => channel.columns ?? DEFAULT_COLUMNS;
  return {
    isTTY: () => true,
    getWidth: columns,
    cursorSave: ignore,
    cursorRestore: ignore,
    cursor: ignore,
    lineWrapping: ignore,
    cursorTo: () => channel.write("\r"),
    write: (text) => channel.write(text.slice(0, columns() - 1)),
    clearRight: () => channel.write("\u001b[K"),
    clearLine: () => channel.write(CLEAR_LINE),
    newline: () => channel.write("\n"),
  };
}
