import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog restore`, and what is said about them. */
export const DEFINITION = {
  verb: "restore",
  summary: "bring rows and bytes back that were removed",
  details: [
    "Brings back rows with the ids that they had, their variants, and their bytes: from where they lie still, else out of the trash. Without --apply it only says what it would do. Bytes are read and compared with the hash on record. A row without bytes stays where it is, and so does one whose key is there again; both are reported, and the exit code is 3.",
    "Where others have the name of a file by now, it gets another one, and the row names that. Bytes that gc took and no row names come back alone. Doing it again changes nothing.",
  ],
  arguments: [
    {
      name: "TARGET",
      kind: "file",
      variadic: true,
      optional: true,
      summary: "a row id, artifact id, source URL, hash or its first characters (at least 4), or a path",
    },
  ],
  flags: [
    {
      name: "plan",
      kind: "text",
      placeholder: "ID",
      summary: "all that an operation removed, by its id, as catalog remove, gc and why print it",
    },
    { name: "apply", kind: "boolean", summary: "do it" },
  ],
  examples: [
    ["restore 101", "what would come back"],
    ["restore 101 ./data/docs/b.pdf --apply", "bring a row and a file back"],
    ["restore --plan 5d0c3b2a9f8e7d6c5b4a39281706f5e4 --apply", "undo a removal"],
  ],
} as const;

/** `catalog restore` */
export const RESTORE: Verb = createVerb(DEFINITION, () => import("./run.ts"));
