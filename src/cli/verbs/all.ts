import { ADD } from "./add/definition.ts";
import { AUDIT } from "./audit/definition.ts";
import { CHECKPOINT } from "./checkpoint/definition.ts";
import { COMPLETIONS } from "./completions/definition.ts";
import { CONFIG } from "./config/definition.ts";
import { DEDUP } from "./dedup/definition.ts";
import { DEDUP_REPORT } from "./dedup-report/definition.ts";
import { GC } from "./gc/definition.ts";
import { IMPORT_MANIFEST } from "./import-manifest/definition.ts";
import { INIT } from "./init/definition.ts";
import { PIN } from "./pin/definition.ts";
import { RELOCATE } from "./relocate/definition.ts";
import { REMOVE } from "./remove/definition.ts";
import { REPAIR } from "./repair/definition.ts";
import { RESTORE } from "./restore/definition.ts";
import { RETENTION } from "./retention/definition.ts";
import { SEARCH } from "./search/definition.ts";
import { SHOW } from "./show/definition.ts";
import { STATS } from "./stats/definition.ts";
import { UNPIN } from "./unpin/definition.ts";
import { VARIANTS } from "./variants/definition.ts";
import type { Verb } from "./verb.ts";
import { VERIFY } from "./verify/definition.ts";
import { WHERE } from "./where/definition.ts";
import { WHY } from "./why/definition.ts";

/**
 * All verbs, in the order of the help. The folder of a verb has its name, and holds all that belongs to it:
 * `definition.ts`, `run.ts`, `output-schema.ts`, and what these need for themselves.
 */
export const VERBS: readonly Verb[] = [
  INIT,
  ADD,
  IMPORT_MANIFEST,
  SHOW,
  SEARCH,
  WHERE,
  VARIANTS,
  WHY,
  PIN,
  UNPIN,
  REMOVE,
  RESTORE,
  VERIFY,
  REPAIR,
  AUDIT,
  DEDUP_REPORT,
  DEDUP,
  GC,
  RETENTION,
  RELOCATE,
  STATS,
  CHECKPOINT,
  CONFIG,
  COMPLETIONS,
];
