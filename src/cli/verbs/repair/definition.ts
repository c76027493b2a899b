import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog repair`, and what is said about them. */
export const DEFINITION = {
  verb: "repair",
  summary: "give bad files their bytes back",
  details: [
    "Looks at files again that are known to be bad, as catalog verify found them, or at those of the rows that are named. Without --apply it says what it would try. With --apply it tries, until one has the bytes: what lies in quarantine or in the trash, other files with the same hash on record, then the URLs that rows with this hash came from, newest first. Only bytes with the right hash get the place; what is there goes to quarantine. A folder or special file that has the name is never removed.",
    "URLs are fetched by http and https, without credentials, one at a time and once a second a host, over at most 5 redirects and never from https to http. No more is read than the size on record. Addresses that not everybody can reach, as those of this machine and of local networks, need --allow-private. A URL that serves other bytes by now is written down as drifted.",
    "The exit code is 0 when nothing of it is bad any more, else 1.",
  ],
  arguments: [
    {
      name: "ID",
      kind: "file",
      variadic: true,
      optional: true,
      summary: "a row id, artifact id, source URL, hash or its first characters (at least 4), or a path",
    },
  ],
  flags: [
    { name: "all", kind: "boolean", summary: "everything that is known to be bad" },
    { name: "apply", kind: "boolean", summary: "do it" },
    {
      name: "max-bytes",
      kind: "size",
      placeholder: "SIZE",
      summary: "fetch no file that is larger",
    },
    {
      name: "allow-private",
      kind: "boolean",
      summary: "fetch from loopback, private, link-local and other addresses that are not public, too",
    },
    {
      name: "into-root",
      kind: "boolean",
      summary: "give bad files that lie outside of the root a place in it; nothing is written where they lie",
    },
    {
      name: "keep-drifted",
      kind: "boolean",
      summary: "keep other bytes that a URL serves by now, as a variant of its document",
    },
  ],
  examples: [
    ["repair --all", "what would be tried for everything that is known to be bad"],
    ["repair --all --apply", "try it"],
    ["repair 101 --apply --max-bytes 100MiB", "repair the files of one row, unless they are larger"],
  ],
} as const;

/** `catalog repair` */
export const REPAIR: Verb = createVerb(DEFINITION, () => import("./run.ts"));
