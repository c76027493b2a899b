/** `catalog remove` */
export const REMOVE = {
  verb: "remove",
  summary: "remove documents from the catalog; the files stay",
  details: [
    "Removes the rows of the documents and of their variants, all or none, and records it. The files stay where they are.",
  ],
  arguments: [{ name: "ID", kind: "text", variadic: true, summary: "row ids, as catalog search shows them" }],
  flags: [
    { name: "reason", kind: "text", placeholder: "TEXT", summary: "why, for the record" },
    { name: "dry-run", kind: "boolean", summary: "only say what would be removed" },
  ],
  examples: [
    ["remove --dry-run 101 102", "what would be removed"],
    ['remove --reason "withdrawn by the publisher" 101', "remove a document"],
  ],
} as const;

/** `catalog relocate` */
export const RELOCATE = {
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

/** `catalog dedup-report` */
export const DEDUP_REPORT = {
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

/** `catalog stats` */
export const STATS = {
  verb: "stats",
  summary: "show figures about the whole catalog",
  arguments: [],
  flags: [],
  examples: [["stats", "documents, bytes, duplicates, by resolver and by type"]],
} as const;

/** `catalog checkpoint` */
export const CHECKPOINT = {
  verb: "checkpoint",
  summary: "bring the log into the catalog file, so that it is one file to copy",
  details: [
    "What was changed stands in a log beside the catalog file until a checkpoint brings it in. Commands that change something do so at their end when it is quick; after this one there is only the catalog file, which any SQLite tool can read.",
    "It works on a full disk too, unless the catalog is larger than what is kept back for that.",
  ],
  arguments: [],
  flags: [],
  examples: [["checkpoint", "leave one file, which can be copied"]],
} as const;

/** `catalog config` */
export const CONFIG = {
  verb: "config",
  summary: "show the effective configuration and where it came from",
  details: [
    "Later sources win: defaults, the configuration file, environment variables like CATALOG_STORAGE__ROOT_DIR, flags. Secrets are never shown.",
  ],
  arguments: [],
  flags: [],
  examples: [["config --set storage.layout=cas", "the configuration that this flag makes"]],
} as const;

/** `catalog completions` */
export const COMPLETIONS = {
  verb: "completions",
  summary: "print a script that completes commands and flags in a shell",
  arguments: [{ name: "SHELL", kind: "text", choices: ["bash", "zsh", "fish"], summary: "bash, zsh or fish" }],
  flags: [],
  examples: [
    ["completions bash > ~/.local/share/bash-completion/completions/catalog", "for bash"],
    ["completions zsh > ~/.zfunc/_catalog", "for zsh, with ~/.zfunc in fpath"],
    ["completions fish > ~/.config/fish/completions/catalog.fish", "for fish"],
  ],
} as const;
