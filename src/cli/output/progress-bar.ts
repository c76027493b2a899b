import type { Clock } from "../../ports/clock.ts";
import type { Channel } from "./channel.ts";
import { formatDuration } from "./human-text.ts";
import type { Progress } from "./part.ts";

const REDRAW_MS = 100;
const BAR_CHARACTERS = 20;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = "\r\u001b[2K";
const CLEAR_REST = "\u001b[K";

/** The speed is that of the last seconds. */
const WINDOW_MS = 5000;

/** What stands there before the first update. */
const NOTHING: Progress = { done: 0, total: undefined, text: "", fields: {} };

/** A bar on the last line of a terminal, with how far it is, a rate and the time that is left. */
export class ProgressBar {
  readonly #channel: Channel;
  readonly #clock: Clock;
  #samples: readonly { readonly atMs: number; readonly done: number }[] = [];
  #latest = NOTHING;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isDrawn = false;
  #isStopped = false;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Takes how far it is. A timer draws it, so what ends within a moment shows no bar. */
  update(progress: Progress): void {
    if (this.#isStopped) return;
    this.#latest = progress;
    this.#timer ??= setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** Writes lines in the place of the bar, which comes back below them with the next redraw. */
  above(lines: string): void {
    this.#channel.write(this.#isDrawn ? CLEAR_LINE + lines : lines);
  }

  /** Takes the bar away. Stopping twice is safe. */
  stop(): void {
    clearInterval(this.#timer);
    this.above("");
    this.#isDrawn = false;
    this.#isStopped = true;
  }

  #draw(): void {
    const line = formatBar(this.#latest, this.#measureSecondsLeft(this.#latest));
    const columns = this.#channel.columns ?? DEFAULT_COLUMNS;
    // In the last column a terminal would go on to the next line.
    this.#channel.write(`\r${line.slice(0, columns - 1)}${CLEAR_REST}`);
    this.#isDrawn = true;
  }

  /** Not a finite number before it moves. */
  #measureSecondsLeft({ done, total = done }: Progress): number {
    const now = { atMs: this.#clock.monotonicMs(), done };
    const recent = this.#samples.filter(({ atMs }) => now.atMs - atMs <= WINDOW_MS);
    this.#samples = [...recent, now];
    const [first = now] = recent;
    const donePerMs = (done - first.done) / (now.atMs - first.atMs);
    return Math.ceil((total - done) / donePerMs / 1000);
  }
}

/** Without a total there is nothing to draw a bar of. */
function formatBar({ done, total, text }: Progress, secondsLeft: number): string {
  if (total === undefined) return text;
  const share = total > 0 ? Math.min(done / total, 1) : 1;
  const full = Math.round(share * BAR_CHARACTERS);
  const bar = "=".repeat(full) + "-".repeat(BAR_CHARACTERS - full);
  return `[${bar}] ${Math.floor(share * 100)}% | ${text} | ${formatDuration(secondsLeft)} left`;
}
