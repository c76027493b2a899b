import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog add`, and what is said about them. */
export const DEFINITION = {
  verb: "add",
  summary: "store files, folders, URLs or standard input, and register them",
  details: [
    "Copies into the storage root what is named, each content once, and registers it; sources are never changed, and only --into move takes them away. Adding again changes nothing. The catalog is created if it is missing.",
    "The artifact id of a file is file:NAME, where NAME is its path from the file or folder that was named, with the last name of that: what PATH stands behind, or where the command runs, makes no difference. Its source URL is its file:// URL, its resolver local.",
    "A URL has the artifact id url:URL, without its secrets, and the resolver http. Standard input needs --artifact-id; its source URL is stdin: and its resolver stdin.",
    "With --recursive hidden files are taken, and symlinks and special files are left out and counted, as are the storage root and the catalog's own files. What fails or has changed is reported on standard error, of each kind the first 20 or with --verbose all; the rest is added, and the exit code is 3.",
    "A file in a folder whose bytes were removed on purpose, by catalog remove, is passed over and counted; with other bytes it is new. --bring-back adds it, and so does naming the file itself.",
    "With --dry-run files are read and nothing at all is written: the catalog and the root are tried in memory. Findings and exit code are those of a run that could write; URLs and standard input are left out.",
  ],
  arguments: [
    { name: "PATH", kind: "file", variadic: true, summary: 'files, folders or URLs, or "-" for standard input' },
  ],
  flags: [
    { name: "recursive", short: "r", kind: "boolean", summary: "take folders, with everything below them" },
    {
      name: "into",
      kind: "choice",
      choices: ["copy", "move", "hardlink", "none"],
      placeholder: "HOW",
      summary:
        "how files come in; none: register them where they lie; default: copy, by sharing blocks where that works",
    },
    { name: "artifact-id", kind: "text", placeholder: "ID", summary: "the artifact of a single PATH" },
    { name: "source-url", kind: "text", placeholder: "URL", summary: "where a single PATH came from" },
    {
      name: "content-type",
      kind: "text",
      placeholder: "TYPE",
      summary: "what a single PATH is; default: what it says",
    },
    { name: "resolver", kind: "text", placeholder: "NAME", summary: "who found it; default: local, http or stdin" },
    { name: "run-id", kind: "text", placeholder: "RUN", summary: "the run that it belongs to" },
    {
      name: "on-change",
      kind: "choice",
      choices: ["keep", "replace", "variant"],
      placeholder: "HOW",
      summary: "what to do with other bytes for a known document; default: as catalog.on_change says",
    },
    {
      name: "bring-back",
      kind: "boolean",
      summary: "add what was removed on purpose as well, where it lies in a folder",
    },
    {
      name: "dry-run",
      kind: "boolean",
      summary: "only say what would become of each file; nothing is written, and nothing fetched",
    },
    { name: "jobs", kind: "integer", minimum: 1, placeholder: "N", summary: "files worked on at once; default: 4" },
  ],
  examples: [
    ["add --recursive downloads", "store everything in a folder"],
    ["add --recursive --dry-run downloads", "say what would become of each file"],
    ["add --into move --artifact-id doi:10.1234/abcd paper.pdf", "move a file in"],
    ["add https://example.org/data.csv", "fetch and store a URL"],
    ["add --recursive --into none /mnt/archive", "register files where they lie"],
  ],
} as const;

/** `catalog add` */
export const ADD: Verb = createVerb(DEFINITION, () => import("./run.ts"));
