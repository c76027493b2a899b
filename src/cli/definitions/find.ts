/** `catalog show` */
export const SHOW = {
  verb: "show",
  summary: "show a document with its variants",
  arguments: [{ name: "ID", kind: "text", summary: "a row id, else an artifact id, else a source URL" }],
  flags: [],
  examples: [
    ["show 101", "the document with row id 101"],
    ["show doi:10.1234/abcd", "all documents of an artifact"],
  ],
} as const;

/** `catalog search` */
export const SEARCH = {
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

/** `catalog where` */
export const WHERE = {
  verb: "where",
  summary: "say where bytes with a hash are stored",
  arguments: [{ name: "HASH", kind: "text", summary: "a SHA-256, or its first characters, at least 4" }],
  flags: [],
  examples: [["where e3b0c442", "documents and variants whose hash begins so"]],
} as const;

/** `catalog variants` */
export const VARIANTS = {
  verb: "variants",
  summary: "list the other renderings of a document",
  arguments: [{ name: "ID", kind: "text", summary: "a row id, else an artifact id, else a source URL" }],
  flags: [],
  examples: [["variants 101", "the variants of the document with row id 101"]],
} as const;
