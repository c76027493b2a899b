import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog config`, and what is said about them. */
export const DEFINITION = {
  verb: "config",
  summary: "show the effective configuration and where it came from",
  details: [
    "Later sources win: defaults, the configuration file, environment variables like CATALOG_STORAGE__ROOT_DIR, flags. Secrets are never shown.",
  ],
  arguments: [],
  flags: [],
  examples: [["config --set storage.layout=cas", "the configuration that this flag makes"]],
} as const;

/** `catalog config` */
export const CONFIG: Verb = createVerb(DEFINITION, () => import("./run.ts"));
