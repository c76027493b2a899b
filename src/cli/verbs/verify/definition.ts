import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog verify`, and what is said about them. */
export const DEFINITION = {
  verb: "verify",
  summary: "compare stored files with what is on record",
  details: [
    "Reads files and compares their hashes with those on record, in the root and elsewhere; each file once, however many rows name it. What was found is remembered, and nothing of it is lost when the run ends early. Files that were never verified come first, then those known to be bad, then those verified longest ago.",
    "The exit code is 1 if anything is bad: another hash or size than on record, missing, unreadable, or known to be bad and not read this time. A file without a hash on record is unchecked, which is no failure.",
    "With --sample, --max-age and --budget what is known to be bad is read once a day, so that lost files do not take all of the time; --recheck reads it in any case.",
  ],
  arguments: [
    {
      name: "ID",
      kind: "text",
      variadic: true,
      optional: true,
      summary: "a row id, artifact id, hash or its first characters (at least 4); these are read in any case",
    },
  ],
  flags: [
    { name: "all", kind: "boolean", summary: "all files that rows name" },
    {
      name: "sample",
      kind: "text",
      placeholder: "PERCENT",
      summary: "a share of what is due, drawn at random, like 5%",
    },
    { name: "max-age", kind: "span", placeholder: "SPAN", summary: "not what was verified within this time, like 30d" },
    {
      name: "budget",
      kind: "text",
      placeholder: "SPAN|SIZE",
      summary: "begin nothing new after this time, like 10m, or when so much was read, like 50GiB",
    },
    {
      name: "jobs",
      kind: "integer",
      minimum: 1,
      placeholder: "N",
      summary: "files read at once; default: as many as there are processors, at most 4",
    },
    { name: "quick", kind: "boolean", summary: "compare sizes only, or the checksum that the store itself keeps" },
    {
      name: "quarantine",
      kind: "boolean",
      summary: "move damaged files of the root aside, with what is known of them",
    },
    { name: "record", kind: "boolean", summary: "give rows without a hash that of their file" },
    { name: "recheck", kind: "boolean", summary: "read what is known to be bad even if that was read today" },
  ],
  examples: [
    ["verify 101", "one document"],
    ["verify --all", "everything"],
    ["verify --max-age 30d --budget 1h", "what is due, for an hour: the next run goes on"],
    ["verify --all --quarantine", "everything, and move damaged files aside"],
  ],
} as const;

/** `catalog verify` */
export const VERIFY: Verb = createVerb(DEFINITION, () => import("./run.ts"));
