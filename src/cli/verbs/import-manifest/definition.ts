import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog import-manifest`, and what is said about them. */
export const DEFINITION = {
  verb: "import-manifest",
  summary: "register what a downloader's manifest lists",
  details: [
    "Reads the downloader's manifest.jsonl, or any JSON lines, and registers the files where they lie, or with --into stores them under the root. Importing twice changes nothing. The catalog is created if it is missing.",
    "A line that cannot be used and a file that is gone or differs are reported on standard error, of each kind the first 20 or with --verbose all; the rest is imported, and the exit code is 3.",
    "A line about bytes that were removed on purpose, by catalog remove, is passed over and counted, and is no finding; other bytes of the same document, or in the same file, are new.",
    "With --dry-run files are read as without it, and nothing at all is written: the catalog and the root are tried in memory. Findings and exit code are those of a run that could write.",
    "The fields of a generic line have the names of the catalog's columns, and path; --map gives them others.",
  ],
  arguments: [{ name: "PATH", kind: "file", summary: 'the manifest, or "-" for standard input' }],
  flags: [
    {
      name: "format",
      kind: "choice",
      choices: ["auto", "downloader", "jsonl"],
      placeholder: "FORMAT",
      summary: "what the lines are; default: auto",
    },
    {
      name: "map",
      kind: "assignment",
      placeholder: "FIELD=NAME",
      choices: [
        "artifact_id",
        "source_url",
        "resolver",
        "path",
        "content_type",
        "bytes",
        "sha256",
        "run_id",
        "created_at",
      ],
      repeatable: true,
      summary: "which field of a generic line holds what, like artifact_id=work.id",
    },
    {
      name: "hash",
      kind: "choice",
      choices: ["missing", "all", "none"],
      placeholder: "WHICH",
      summary: "which files are hashed: those whose line has no hash, all, or none; default: missing",
    },
    {
      name: "base-dir",
      kind: "directory",
      placeholder: "DIR",
      summary: "what relative paths start from; default: the manifest's folder",
    },
    {
      name: "into",
      kind: "choice",
      choices: ["copy", "move", "hardlink"],
      placeholder: "HOW",
      summary: "store the files under the root, each content once; default: register them where they lie",
    },
    { name: "allow-missing", kind: "boolean", summary: "register files that are gone as well" },
    { name: "allow-outside", kind: "boolean", summary: "register files outside the base folder as well" },
    { name: "bring-back", kind: "boolean", summary: "register what was removed on purpose as well" },
    { name: "strict", kind: "boolean", summary: "stop at the first line that is reported" },
    {
      name: "on-change",
      kind: "choice",
      choices: ["keep", "replace", "variant"],
      placeholder: "HOW",
      summary: "what to do with other bytes for a known document; default: as catalog.on_change says",
    },
    { name: "run-id", kind: "text", placeholder: "RUN", summary: "the run of lines that name none" },
    { name: "resolver", kind: "text", placeholder: "NAME", summary: "the resolver of generic lines that name none" },
    {
      name: "dry-run",
      kind: "boolean",
      summary: "only say what would become of each line; nothing is written",
    },
    { name: "jobs", kind: "integer", minimum: 1, placeholder: "N", summary: "files read at once; default: 4" },
  ],
  examples: [
    ["import-manifest runs/2025-10/manifest.jsonl", "import a downloader's run"],
    [
      "import-manifest --format jsonl --map artifact_id=doi --map source_url=link list.jsonl",
      "import other JSON lines",
    ],
    ["import-manifest --into move runs/2025-10/manifest.jsonl", "take the files of a run into the root"],
    ["import-manifest --hash none --base-dir downloads -", "read the manifest from standard input"],
  ],
} as const;

/** `catalog import-manifest` */
export const IMPORT_MANIFEST: Verb = createVerb(DEFINITION, () => import("./run.ts"));
