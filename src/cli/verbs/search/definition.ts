import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog search`, and what is said about them. */
export const DEFINITION = {
  verb: "search",
  summary: "list the documents that match all conditions",
  details: ["Without a condition it lists all documents."],
  arguments: [],
  flags: [
    { name: "artifact-id", kind: "text", placeholder: "ID", summary: "of this artifact" },
    { name: "source-url", kind: "text", placeholder: "URL", summary: "from this URL" },
    { name: "resolver", kind: "text", placeholder: "NAME", summary: "found by this resolver" },
    { name: "run-id", kind: "text", placeholder: "RUN", summary: "of this run" },
    { name: "content-type", kind: "text", placeholder: "TYPE", summary: "of this type, or of a family like image/*" },
    { name: "sha256", kind: "hash", placeholder: "HASH", summary: "with this hash, or one that begins so" },
    { name: "text", kind: "text", placeholder: "TEXT", summary: "with this in artifact id, URL or storage URI" },
    { name: "min-size", kind: "size", placeholder: "SIZE", summary: "of this size or larger, like 10MiB" },
    { name: "max-size", kind: "size", placeholder: "SIZE", summary: "of this size or smaller" },
    { name: "since", kind: "moment", placeholder: "WHEN", summary: "created at this date or later; 30d: in 30 days" },
    { name: "until", kind: "moment", placeholder: "WHEN", summary: "created before this date" },
    { name: "unhashed", kind: "boolean", summary: "without a hash on record" },
    {
      name: "sort",
      kind: "choice",
      choices: ["id", "created_at", "updated_at", "bytes", "artifact_id", "source_url"],
      placeholder: "COLUMN",
      summary: "sorted by this column; default: id",
    },
    {
      name: "order",
      kind: "choice",
      choices: ["ascending", "descending"],
      placeholder: "ORDER",
      summary: "sorted this way; default: ascending",
    },
    { name: "limit", kind: "integer", minimum: 1, placeholder: "N", summary: "at most so many; default: all" },
    { name: "cursor", kind: "text", placeholder: "CURSOR", summary: "go on where a search with --limit ended" },
  ],
  examples: [
    ["search --resolver unpaywall --min-size 10MiB --sort bytes --order descending", "large files of a resolver"],
    ["search --since 30d --json", "what came in the last 30 days, as JSON lines"],
  ],
} as const;

/** `catalog search` */
export const SEARCH: Verb = createVerb(DEFINITION, () => import("./run.ts"));
