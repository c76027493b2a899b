import type { CapName } from "./reasons.ts";

/** A cap that could not be met. */
export interface UnmetCap {
  /** Which one. */
  readonly cap: CapName;
  /** What it asks for, in bytes or blobs. */
  readonly limit: number;
  /** What there would be, in bytes or blobs, when all rows have gone that may go. */
  readonly remaining: number;
}
