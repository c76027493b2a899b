import { isTimestamp } from "../../../../core/timestamp.ts";
import type { SqlValue } from "../../../../ports/sql.ts";

/** Reads times of which many are of one day: that is looked up once. */
export class TimeReader {
  #day = "";
  #dayMs = Number.NaN;

  /** Milliseconds since 1970; NaN for what has not the form of a time. */
  read(value: SqlValue | undefined): number {
    if (!isTimestamp(value)) return Number.NaN;
    const day = value.slice(0, 10);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayMs = Date.parse(`${day}T00:00:00.000Z`);
    }
    const hours = twoDigits(value, 11);
    const seconds = (hours * 60 + twoDigits(value, 14)) * 60 + twoDigits(value, 17);
    return this.#dayMs + seconds * 1000 + twoDigits(value, 20) * 10 + value.charCodeAt(22) - ZERO;
  }
}

const ZERO = 48;

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}
