import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { checkId } from "../find/find.ts";
import { findPins } from "./find-pins.ts";
import { listPins } from "./list-pins.ts";
import type { Pin, PinTarget } from "./pin.ts";
import type { PinOptions, PinResult } from "./set-pin.ts";
import type { FindPinTargetsOptions, FoundPinTarget } from "./target/find-pin-targets.ts";

/** Keeps things from whatever would remove them, replace their bytes, or collect them. */
export interface PinsCapability {
  /**
   * Pins something: until the pin ends no row that it holds is removed or gets other bytes, and no bytes that it holds are
   * collected. Where it is pinned already it has the new reason and end from now on.
   * @throws {CatalogError} NOT_FOUND for something that the catalog does not know
   * @throws {RangeError} for a time that is over; TypeError, SyntaxError for a target or reason that is none
   */
  pin(target: PinTarget, options: PinOptions): Promise<PinResult>;
  /** Ends the pin on something, also on what is not there any more; whether there was one. */
  unpin(target: PinTarget, options?: CallOptions): Promise<boolean>;
  /** All pins, in the order in which they were set first. One whose time is over is there until the catalog ends it. */
  listPins(options?: CallOptions): AsyncIterable<Pin>;
  /** The pins that hold documents, or variants of these, by the id of the document; those that none holds are not there. */
  findPins(documentIds: readonly number[], options?: CallOptions): Promise<ReadonlyMap<number, readonly Pin[]>>;
  /**
   * What a word can mean that can be pinned, by the same rules as {@link WhyCapability.why}: a row id, artifact id, source
   * URL, hash or the first characters of one (at least 4), URI or path. Each that fits is given; the start of a hash only
   * where nothing fits as a whole.
   * @throws {TypeError} when `word` is empty, has a NUL or is not well-formed Unicode
   */
  findPinTargets(word: string, options?: FindPinTargetsOptions): Promise<readonly FoundPinTarget[]>;
}

/** The methods of {@link PinsCapability}. */
export function createPinsCapability(context: CapabilityContext): PinsCapability {
  return {
    // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
    pin: async (target, options) => (await import("./set-pin.ts")).setPin(context, target, options),
    unpin: async (target, options = {}) => (await import("./set-pin.ts")).endPin(context, target, options),
    listPins: (options = {}) => listPins(context, options),
    findPins: async (documentIds, options = {}) => findPins(context.sql, documentIds.map(checkId), options),
    findPinTargets: async (word, options = {}) =>
      (await import("./target/find-pin-targets.ts")).findPinTargets(context, word, options),
  };
}
