import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog gc`, and what is said about them. */
export const DEFINITION = {
  verb: "gc",
  summary: "collect stored files that nothing refers to",
  details: [
    "Says what it would collect, and writes down since when each file is unreferenced. With --apply it does it: what was unreferenced for long enough goes, each file looked at again after it was taken out of its name. Files that are ours by what is on record are collected, staged files of processes that are gone, folders that stayed empty, and trash that was kept for long enough. Anything else under the root is unknown: it is counted, shown and left alone.",
    "All catalogs that use the root are asked. If one of them cannot be read, nothing is collected.",
    "Whatever ends a run, what was said to be done is done, and the next run goes on.",
  ],
  arguments: [],
  flags: [
    { name: "apply", kind: "boolean", summary: "do it" },
    { name: "dry-run", kind: "boolean", summary: "write nothing at all, not even since when files are unreferenced" },
    {
      name: "orphans",
      kind: "days",
      placeholder: "DAYS",
      summary: "for how long a file must be unreferenced; default: the setting catalog.orphan_ttl_days",
    },
    { name: "trash", kind: "boolean", summary: "move what goes to the trash, where catalog restore finds it" },
    {
      name: "quarantine",
      kind: "days",
      placeholder: "DAYS",
      summary: "also delete damaged files that are in quarantine for so long; never by itself",
    },
    {
      name: "plan",
      kind: "file",
      placeholder: "FILE",
      summary: "write what would be done into a new file, or with --apply do what it says and no more",
    },
    {
      name: "max-files",
      kind: "integer",
      placeholder: "N",
      summary: "at most so many, the longest unreferenced first",
    },
    { name: "max-bytes", kind: "size", placeholder: "SIZE", summary: "files of at most so many bytes together" },
    { name: "max-time", kind: "span", placeholder: "SPAN", summary: "begin nothing new after this time, like 10m" },
    {
      name: "unknown",
      kind: "boolean",
      summary: "move unknown files to the trash, too, but never one of a catalog or a configuration",
    },
    { name: "force", kind: "boolean", summary: "collect more than half of what is stored" },
    {
      name: "catalog-at",
      kind: "assignment",
      placeholder: "ID=PATH",
      repeatable: true,
      summary: "where another catalog of the root is, if it is not where the root has seen it",
    },
  ],
  examples: [
    ["gc", "what would be collected, and when"],
    ["gc --apply", "collect it"],
    ["gc --apply --trash", "collect it so that it can be brought back for 30 days"],
    ["gc --apply --quarantine 90", "also delete damaged files that were put aside 90 days ago"],
    ["gc --plan gc.jsonl", "write it down for somebody to look at"],
    ["gc --apply --plan gc.jsonl", "do what was looked at, and no more"],
  ],
} as const;

/** `catalog gc` */
export const GC: Verb = createVerb(DEFINITION, () => import("./run.ts"));
