import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog checkpoint`, and what is said about them. */
export const DEFINITION = {
  verb: "checkpoint",
  summary: "bring the log into the catalog file, so that it is one file to copy",
  details: [
    "What was changed stands in a log beside the catalog file until a checkpoint brings it in. Commands that change something do so at their end when it is quick; after this one there is only the catalog file, which any SQLite tool can read.",
    "It works on a full disk too, unless the catalog is larger than what is kept back for that.",
  ],
  arguments: [],
  flags: [],
  examples: [["checkpoint", "leave one file, which can be copied"]],
} as const;

/** `catalog checkpoint` */
export const CHECKPOINT: Verb = createVerb(DEFINITION, () => import("./run.ts"));
