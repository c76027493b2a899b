import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog where`, and what is said about them. */
export const DEFINITION = {
  verb: "where",
  summary: "say where bytes with a hash are stored",
  arguments: [{ name: "HASH", kind: "text", summary: "a SHA-256, or its first characters, at least 4" }],
  flags: [],
  examples: [["where e3b0c442", "documents and variants whose hash begins so"]],
} as const;

/** `catalog where` */
export const WHERE: Verb = createVerb(DEFINITION, () => import("./run.ts"));
