import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog audit`, and what is said about them. */
export const DEFINITION = {
  verb: "audit",
  summary: "compare the catalog with what is stored, both ways",
  details: [
    "Finds rows whose file is missing or has another size, files that nothing refers to or that nobody knows, values that cannot be, variants without their document, what is in quarantine or known to be bad, what processes left that are gone, and damage to the database, its log and the markers of the root. Sizes are compared; to read the bytes is for catalog verify.",
    "Nothing is changed but what a collector took that is gone: that gets its name back first. What is damaged does not end an audit: what can be told is told. A root that is gone, as where its device is not mounted, ends it with exit code 5, and no file there is called missing.",
  ],
  arguments: [],
  flags: [
    {
      name: "limit",
      kind: "integer",
      minimum: 1,
      placeholder: "N",
      summary: "show so many findings of each kind; default: 20; with --json all of them",
    },
  ],
  examples: [
    ["audit", "whether everything is where it should be"],
    ["audit --json", "each finding, for programs"],
  ],
} as const;

/** `catalog audit` */
export const AUDIT: Verb = createVerb(DEFINITION, () => import("./run.ts"));
