import type { CapabilityContext } from "../capability-context.ts";
import type { SourceFetcher } from "./fetch/source-fetcher.ts";
import type { RepairOptions, RepairResult } from "./repair-options.ts";

/** Gives bad blobs their bytes back. */
export interface RepairCapability {
  /**
   * Looks at bad blobs again and, with `apply`, gives them their bytes back, else it only says what it would try: bytes in
   * quarantine or in the trash, other files with the same hash on record, then the sources of all rows with that hash, newest
   * first. Only bytes with the right hash get the place; what is there goes to quarantine. A source that serves other
   * bytes is written down. Sources are asked one at a time, once a second, and only at public addresses.
   * @throws {RangeError} when `maxBytes` is no whole number, or a word is the beginning of several hashes
   * @throws {TypeError} when a word is empty, has a NUL or is not well-formed Unicode
   * @throws {CatalogError} NOT_FOUND for a word that no row has; UNSUPPORTED when the catalog has no store; READ_ONLY with
   * `apply` when it was opened for reading; BACKEND when the root is not there
   */
  repair(options?: RepairOptions): AsyncIterable<RepairResult>;
}

/** The methods of {@link RepairCapability}. */
export function createRepairCapability(context: CapabilityContext): RepairCapability {
  // One for all runs: hosts are asked as seldom by two of them as by one.
  let fetcher: SourceFetcher | undefined;
  return {
    repair: async function* (options = {}) {
      // Loaded when it is asked for, so that opening a catalog for one answer stays quick.
      const { repair } = await import("./repair.ts");
      const { SourceFetcher } = await import("./fetch/source-fetcher.ts");
      fetcher ??= new SourceFetcher(context);
      yield* repair(context, fetcher, options);
    },
  };
}
