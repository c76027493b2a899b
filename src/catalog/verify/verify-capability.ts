import type { CapabilityContext } from "../capability-context.ts";
import type { VerifiedBlob, VerifyOptions } from "./verify-options.ts";

/** Verifies that blobs are what is on record. */
export interface VerifyCapability {
  /**
   * Compares blobs with what rows say about them, and remembers the results: without options all blobs, read in full. Those
   * that were never verified come first, then those known to be bad, then those verified longest ago. A result is given
   * when it is written down; nothing of that is lost, whatever ends the loop, and the next run goes on. `onSummary` is told
   * what was done.
   * @throws {CatalogError} NOT_FOUND for one of `ids` that no row has; BACKEND when the root is gone; READ_ONLY for
   * `quarantine` and `recordHashes` in a catalog that was opened for reading
   * @throws {RangeError} for a number that cannot be, and for one of `ids` that several hashes begin with
   */
  verify(options?: VerifyOptions): AsyncIterable<VerifiedBlob>;
}

/** The methods of {@link VerifyCapability}. */
export function createVerifyCapability(context: CapabilityContext): VerifyCapability {
  return {
    verify: async function* (options = {}) {
      // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
      const { verify } = await import("./verify.ts");
      yield* verify(context, options);
    },
  };
}
