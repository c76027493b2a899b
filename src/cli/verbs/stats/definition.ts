import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog stats`, and what is said about them. */
export const DEFINITION = {
  verb: "stats",
  summary: "show figures about the whole catalog",
  arguments: [],
  flags: [],
  examples: [["stats", "documents, bytes, duplicates, by resolver and by type"]],
} as const;

/** `catalog stats` */
export const STATS: Verb = createVerb(DEFINITION, () => import("./run.ts"));
