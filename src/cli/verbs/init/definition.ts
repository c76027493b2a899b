import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog init`, and what is said about them. */
export const DEFINITION = {
  verb: "init",
  summary: "create the catalog",
  details: ["Creates the catalog file with its folder. A catalog that is there is opened, checked and left as it is."],
  arguments: [],
  flags: [],
  examples: [
    ["init", "create state/catalog.sqlite, or what the configuration names"],
    ["init --catalog papers.sqlite --root papers", "create papers.sqlite"],
  ],
} as const;

/** `catalog init` */
export const INIT: Verb = createVerb(DEFINITION, () => import("./run.ts"));
