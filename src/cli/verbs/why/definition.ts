import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog why`, and what is said about them. */
export const DEFINITION = {
  verb: "why",
  summary: "explain what keeps something, what will become of it, or what became of it",
  details: [
    "Tells which rows, claims and pins keep the bytes, in this catalog and in all others of the root; whether the bytes are there, or in the trash, and until when; what was verified of them when, how strongly, and when they were found bad; since when nothing refers to them, and when gc takes them; and when, by what and by which operation rows and bytes went, and whether that was on purpose. Rows that are gone are found, too. Nothing is written.",
    "A word can be several of these at once: each that fits counts.",
  ],
  arguments: [
    {
      name: "TARGET",
      kind: "file",
      summary: "a row id, artifact id, source URL, hash or its first characters (at least 4), or a path",
    },
  ],
  flags: [],
  examples: [
    ["why 101", "the document with row id 101, also when it is gone"],
    ["why ./data/docs/a.pdf", "what keeps a file"],
    ["why e3b0c442", "all bytes whose hash begins so"],
  ],
} as const;

/** `catalog why` */
export const WHY: Verb = createVerb(DEFINITION, () => import("./run.ts"));
