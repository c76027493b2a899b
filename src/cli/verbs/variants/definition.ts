import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog variants`, and what is said about them. */
export const DEFINITION = {
  verb: "variants",
  summary: "list the other renderings of a document",
  arguments: [{ name: "ID", kind: "text", summary: "a row id, else an artifact id, else a source URL" }],
  flags: [],
  examples: [["variants 101", "the variants of the document with row id 101"]],
} as const;

/** `catalog variants` */
export const VARIANTS: Verb = createVerb(DEFINITION, () => import("./run.ts"));
