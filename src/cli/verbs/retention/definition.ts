import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog retention`, and what is said about them. */
export const DEFINITION = {
  verb: "retention",
  summary: "decide which rows stay, and drop the others",
  details: [
    "Says which rows would go, and why each goes or stays. With --apply they go from the catalog, each if it is still as it was. Their files stay until gc takes them, and restore --plan brings all of it back.",
    "Rules: --older-than and --keep-last; where both are given, both have to say that a row goes. Caps: --max-total-size, --max-files and --min-free take the oldest first, and nothing younger than --min-age. --resolver, --content-type and --run-id narrow what all of them are about. Without any rule and cap, the setting catalog.retention_days is the rule.",
    "Whatever they say, what is pinned stays, what is being registered, and so many good copies of each artifact as --keep-copies says. A file with several names or rows is one copy; one that is gone, or was bad when it was last verified, is none.",
    "A cap that cannot be met is reported, and the exit code is 3.",
  ],
  arguments: [],
  flags: [
    { name: "older-than", kind: "span", placeholder: "SPAN", summary: "drop rows that are older, like 90d" },
    {
      name: "keep-last",
      kind: "integer",
      minimum: 1,
      placeholder: "N",
      summary: "drop all but the newest so many rows of each artifact",
    },
    {
      name: "resolver",
      kind: "text",
      placeholder: "NAME",
      repeatable: true,
      summary: "only rows of this resolver",
    },
    {
      name: "content-type",
      kind: "text",
      placeholder: "TYPE",
      repeatable: true,
      summary: "only rows of this media type",
    },
    {
      name: "run-id",
      kind: "text",
      placeholder: "ID",
      repeatable: true,
      summary: "only rows of this pipeline execution",
    },
    {
      name: "max-total-size",
      kind: "size",
      placeholder: "SIZE",
      summary: "drop the oldest until all files together are no larger, like 100GiB",
    },
    { name: "max-files", kind: "integer", placeholder: "N", summary: "drop the oldest until there are no more files" },
    {
      name: "min-free",
      kind: "size",
      placeholder: "SIZE",
      summary: "drop the oldest until so much of the disk is free once gc has run",
    },
    { name: "min-age", kind: "span", placeholder: "SPAN", summary: "caps take nothing younger; default: 7d" },
    {
      name: "keep-copies",
      kind: "integer",
      placeholder: "N",
      summary: "how many good copies of each artifact stay; default: the setting catalog.keep_copies, 1",
    },
    {
      name: "plan",
      kind: "file",
      placeholder: "FILE",
      summary: "write what would be done into a new file, or with --apply do what it says and no more",
    },
    { name: "apply", kind: "boolean", summary: "do it" },
    { name: "allow-all", kind: "boolean", summary: "also if no row of the catalog would stay" },
  ],
  examples: [
    ["retention --older-than 90d", "which rows would go, and why the others stay"],
    ["retention --older-than 90d --apply", "drop them"],
    ["retention --keep-last 3 --resolver arxiv", "all but the newest three rows of each artifact, of one resolver"],
    ["retention --max-total-size 100GiB --min-age 30d", "the oldest, until what is stored is small enough"],
    ["retention --older-than 1y --plan old.jsonl", "write it down for somebody to look at"],
    ["retention --apply --plan old.jsonl", "do what was looked at, and no more"],
  ],
} as const;

/** `catalog retention` */
export const RETENTION: Verb = createVerb(DEFINITION, () => import("./run.ts"));
