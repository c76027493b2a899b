import type { CommandDefinition } from "../arguments/flag.ts";
import { ADD } from "./add.ts";
import { IMPORT_MANIFEST, INIT } from "./fill.ts";
import { SEARCH, SHOW, VARIANTS, WHERE } from "./find.ts";
import { CHECKPOINT, COMPLETIONS, CONFIG, DEDUP_REPORT, RELOCATE, REMOVE, STATS } from "./tend.ts";

/** All commands, in the order of the help. */
export const DEFINITIONS: readonly CommandDefinition[] = [
  INIT,
  ADD,
  IMPORT_MANIFEST,
  SHOW,
  SEARCH,
  WHERE,
  VARIANTS,
  REMOVE,
  DEDUP_REPORT,
  RELOCATE,
  STATS,
  CHECKPOINT,
  CONFIG,
  COMPLETIONS,
];
