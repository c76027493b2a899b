import type { StagedContent } from "../../placing/stage-content.ts";
import type { RepairStep } from "../repair-options.ts";

/** A place that may have right bytes. */
export interface Candidate extends Pick<RepairStep, "origin" | "uri"> {
  /** Stages what it has, if that is right; whoever gets the bytes drops them. */
  bring(): Promise<Brought>;
}

/** Right bytes that are staged, or why there are none. */
export type Brought = { readonly content: StagedContent } | NotBrought;

/** What came of a place that has no right bytes. */
export type NotBrought = Pick<RepairStep, "result" | "message" | "drift"> & { readonly content?: undefined };

/** A place without right bytes. */
export function notBrought(result: RepairStep["result"], message: string | null = null): NotBrought {
  return { result, message, drift: null };
}
