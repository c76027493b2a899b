import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog pin`, and what is said about them. */
export const DEFINITION = {
  verb: "pin",
  summary: "keep something from being removed, replaced or collected",
  details: [
    "Until the pin ends, no row that it holds is removed or gets other bytes (exit code 4, or a finding where many files are looked at), and no bytes that it holds are collected, also where no row names them. A row id pins the row with its variants; an artifact id all rows of the artifact, also those that come later; a hash the bytes wherever they are; a path the bytes there. A source URL, or the path of a file that was added, pins the rows that came from it.",
    "A word can be several of these at once: each that fits is pinned. What is pinned already gets the new reason and end.",
  ],
  arguments: [
    {
      name: "TARGET",
      kind: "file",
      optional: true,
      summary: "a row id, artifact id, source URL, hash or its first characters (at least 4), or a path",
    },
  ],
  flags: [
    { name: "reason", kind: "text", placeholder: "TEXT", summary: "why, for those who meet the pin" },
    {
      name: "until",
      kind: "text",
      placeholder: "WHEN",
      summary: 'when it ends: a date like "2031-01-31", or a span from now like "30d"; never, if left out',
    },
    { name: "list", kind: "boolean", summary: "list all pins" },
  ],
  examples: [
    ['pin 101 --reason "cited in the annual report"', "keep a document"],
    ['pin doi:10.1/x --reason "under review" --until 90d', "keep all of an artifact for a while"],
    ["pin --list", "what is pinned, why, and until when"],
  ],
} as const;

/** `catalog pin` */
export const PIN: Verb = createVerb(DEFINITION, () => import("./run.ts"));
