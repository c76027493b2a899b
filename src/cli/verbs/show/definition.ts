import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog show`, and what is said about them. */
export const DEFINITION = {
  verb: "show",
  summary: "show a document with its variants",
  arguments: [{ name: "ID", kind: "text", summary: "a row id, else an artifact id, else a source URL" }],
  flags: [],
  examples: [
    ["show 101", "the document with row id 101"],
    ["show doi:10.1234/abcd", "all documents of an artifact"],
  ],
} as const;

/** `catalog show` */
export const SHOW: Verb = createVerb(DEFINITION, () => import("./run.ts"));
