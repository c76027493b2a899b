import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog init`, and what is said about them. */
export const DEFINITION = {
  verb: "init",
  summary: "create the catalog, and say who it is to its root",
  details: [
    "Creates the catalog file with its folder. A catalog that is there is opened, checked, and entered in the storage root if it names anything there.",
    "The root knows each catalog that uses it by its id, so that nobody takes for garbage what another one needs. The flags are for what only you can know: that a catalog is a copy, that one was restored from a backup, or that one is gone for good.",
  ],
  arguments: [],
  flags: [
    { name: "new-id", kind: "boolean", summary: "this catalog is a copy: give it an id of its own" },
    { name: "adopt", kind: "boolean", summary: "this catalog was restored from a backup: go on with it as it is" },
    {
      name: "forget",
      kind: "text",
      placeholder: "ID",
      summary: "that catalog is gone for good: what it alone needed is garbage",
    },
  ],
  examples: [
    ["init", "create state/catalog.sqlite, or what the configuration names"],
    ["init --catalog papers.sqlite --root papers", "create papers.sqlite"],
    ["init --catalog copy.sqlite --new-id", "let a copy of a catalog use the root too"],
  ],
} as const;

/** `catalog init` */
export const INIT: Verb = createVerb(DEFINITION, () => import("./run.ts"));
