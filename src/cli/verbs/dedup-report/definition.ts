import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog dedup-report`, and what is said about them. */
export const DEFINITION = {
  verb: "dedup-report",
  summary: "list documents with the same bytes",
  details: ["Groups documents by hash, those first that waste most. Documents without a hash are left out."],
  arguments: [],
  flags: [
    { name: "min-size", kind: "size", placeholder: "SIZE", summary: "leave out files that are smaller, like 1MiB" },
    { name: "limit", kind: "integer", minimum: 1, placeholder: "N", summary: "at most so many groups; default: all" },
  ],
  examples: [["dedup-report --min-size 1MiB --limit 20", "the 20 groups that waste most"]],
} as const;

/** `catalog dedup-report` */
export const DEDUP_REPORT: Verb = createVerb(DEFINITION, () => import("./run.ts"));
