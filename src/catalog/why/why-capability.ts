import type { CapabilityContext } from "../capability-context.ts";
import type { Explanation } from "./explanation.ts";
import { type WhyOptions, why } from "./why.ts";

/** Explains what keeps something, what will become of it, and what became of it. */
export interface WhyCapability {
  /**
   * What keeps something, or what will delete it and when, or what did. `target` is a row id, artifact id, source URL, hash
   * or the first characters of one (at least 4), URI or path; each that fits counts, and rows that are gone are found, too.
   * Nothing is written.
   * @throws {TypeError} when `target` is empty, has a NUL or is not well-formed Unicode
   */
  why(target: string, options?: WhyOptions): Promise<Explanation>;
}

/** The methods of {@link WhyCapability}. */
export function createWhyCapability(context: CapabilityContext): WhyCapability {
  return { why: async (target, options = {}) => why(context, target, options) };
}
