import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog relocate`, and what is said about them. */
export const DEFINITION = {
  verb: "relocate",
  summary: "tell the catalog where files are that were moved",
  details: [
    "Rewrites where documents and variants are stored: OLD and everything below it becomes NEW. No file is touched, and without --apply no row either. A row is relocated if its file is there with its size; any other is reported and stays, and the exit code is 3. Doing it again changes nothing, and goes on where a run was interrupted.",
    "Where OLD is a path of another machine, give it as the catalog has it: /home/me/docs, C:/docs, or a file:// URI.",
  ],
  arguments: [
    { name: "OLD", kind: "file", summary: "where the files were, as the catalog has it" },
    { name: "NEW", kind: "file", summary: "where they are now" },
  ],
  flags: [
    { name: "apply", kind: "boolean", summary: "do it" },
    { name: "allow-missing", kind: "boolean", summary: "relocate rows whose file is not there, too" },
    { name: "jobs", kind: "integer", minimum: 1, placeholder: "N", summary: "files looked at at once; default: 8" },
  ],
  examples: [
    ["relocate /home/me/docs /mnt/docs", "what would be relocated"],
    ["relocate /home/me/docs /mnt/docs --apply", "do it"],
  ],
} as const;

/** `catalog relocate` */
export const RELOCATE: Verb = createVerb(DEFINITION, () => import("./run.ts"));
