import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog unpin`, and what is said about them. */
export const DEFINITION = {
  verb: "unpin",
  summary: "end the pin on something",
  details: [
    "Takes the same words as catalog pin; what is pinned needs not be there any more. Each pin that fits ends. A pin on something else that holds the same rows stays: catalog why tells all of them.",
  ],
  arguments: [
    {
      name: "TARGET",
      kind: "file",
      summary: "a row id, artifact id, source URL, hash or its first characters (at least 4), or a path",
    },
  ],
  flags: [],
  examples: [["unpin 101", "end the pin on a document"]],
} as const;

/** `catalog unpin` */
export const UNPIN: Verb = createVerb(DEFINITION, () => import("./run.ts"));
