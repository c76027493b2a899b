import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog dedup`, and what is said about them. */
export const DEFINITION = {
  verb: "dedup",
  summary: "store bytes once that are stored in several files",
  details: [
    "Says which files under the root would share the bytes of another one, the one with most names. With --apply they do: all bytes of both are read and compared, then the name gets a clone of the other file or, where the disk cannot clone, becomes a further name of it, in one step.",
    "Two files become one only if the catalog put both there, and owner and mode are the same; files that are registered where they lie are at most cloned. Empty files, files that somebody else than the owner may write to, and what lies outside the root are left alone.",
  ],
  arguments: [],
  flags: [
    { name: "apply", kind: "boolean", summary: "do it" },
    { name: "min-size", kind: "size", placeholder: "SIZE", summary: "leave out files that are smaller, like 1MiB" },
    {
      name: "plan",
      kind: "file",
      placeholder: "FILE",
      summary: "write what would be done into a new file, or with --apply do what it says and no more",
    },
  ],
  examples: [
    ["dedup", "what would share its bytes, and what that frees"],
    ["dedup --apply --min-size 1MiB", "do it for files of 1 MiB and more"],
  ],
} as const;

/** `catalog dedup` */
export const DEDUP: Verb = createVerb(DEFINITION, () => import("./run.ts"));
