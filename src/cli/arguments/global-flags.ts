import type { FlagDefinition, FlagValues } from "./flag.ts";

/** The flags of every command. */
export const GLOBAL_FLAGS = [
  {
    name: "config",
    short: "c",
    kind: "file",
    placeholder: "FILE",
    summary: "configuration file; default: catalog.config.* in the working directory",
  },
  { name: "catalog", kind: "file", placeholder: "FILE", summary: "the catalog file; sets catalog.path" },
  { name: "root", kind: "directory", placeholder: "DIR", summary: "the storage root; sets storage.root_dir" },
  {
    name: "set",
    kind: "assignment",
    placeholder: "KEY=VALUE",
    repeatable: true,
    summary: "set any configuration key, like storage.layout=cas",
  },
  { name: "json", kind: "boolean", summary: "JSON lines instead of text" },
  { name: "quiet", kind: "boolean", summary: "no progress, no warnings, no advice" },
  { name: "verbose", kind: "boolean", summary: "say more: full hashes, all columns, log lines" },
  { name: "log-json", kind: "boolean", summary: "log lines on standard error as JSON" },
  { name: "no-color", kind: "boolean", summary: "no colours; so does the environment variable NO_COLOR" },
  { name: "help", short: "h", kind: "boolean", summary: "show this help" },
  { name: "version", kind: "boolean", summary: "show the version" },
] as const;

/** The list {@link GLOBAL_FLAGS} as any list of flags. */
export const GLOBAL_FLAG_LIST: readonly FlagDefinition[] = GLOBAL_FLAGS;

/** The values of {@link GLOBAL_FLAGS}. */
export type GlobalFlags = FlagValues<typeof GLOBAL_FLAGS>;
