import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog remove`, and what is said about them. */
export const DEFINITION = {
  verb: "remove",
  summary: "remove documents from the catalog; the files stay",
  details: [
    "Removes the rows of the documents and of their variants, all or none, and records it. The files stay where they are. What is pinned is refused, with exit code 4.",
    "What is removed stays so: catalog import-manifest and catalog add --recursive pass over the same bytes, under the same key or in the same file, unless --bring-back is given. Who registers them again on purpose gets them: catalog restore, catalog add of the file or URL itself, or a program.",
  ],
  arguments: [{ name: "ID", kind: "text", variadic: true, summary: "row ids, as catalog search shows them" }],
  flags: [
    { name: "reason", kind: "text", placeholder: "TEXT", summary: "why, for the record: catalog why tells it" },
    { name: "dry-run", kind: "boolean", summary: "only say what would be removed" },
  ],
  examples: [
    ["remove --dry-run 101 102", "what would be removed"],
    ['remove --reason "withdrawn by the publisher" 101', "remove a document"],
  ],
} as const;

/** `catalog remove` */
export const REMOVE: Verb = createVerb(DEFINITION, () => import("./run.ts"));
