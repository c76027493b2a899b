import { bindCommand, type CommandRequest } from "./arguments/command-line.ts";
import type { CommandContext, CommandRun } from "./command.ts";
import { ADD } from "./definitions/add.ts";
import { IMPORT_MANIFEST, INIT } from "./definitions/fill.ts";
import { SEARCH, SHOW, VARIANTS, WHERE } from "./definitions/find.ts";
import { CHECKPOINT, COMPLETIONS, CONFIG, DEDUP_REPORT, RELOCATE, REMOVE, STATS } from "./definitions/tend.ts";

type Line = Pick<CommandRequest, "words" | "flags"> & { readonly nowMs: number };
type Start = (context: CommandContext, line: Line) => Promise<CommandRun>;

/** What each verb does; its module is loaded when it is asked for, and flags are read before anything else happens. */
const COMMANDS: ReadonlyMap<string, Start> = new Map<string, Start>([
  [INIT.verb, async (context) => (await import("./commands/init.ts")).init(context)],
  [ADD.verb, async (context, line) => (await import("./commands/add/add.ts")).add(context, bindCommand(ADD, line))],
  [
    IMPORT_MANIFEST.verb,
    async (context, line) => {
      const input = bindCommand(IMPORT_MANIFEST, line);
      return (await import("./commands/import-manifest.ts")).importManifest(context, input);
    },
  ],
  [SHOW.verb, async (context, line) => (await import("./commands/show.ts")).show(context, bindCommand(SHOW, line))],
  [
    SEARCH.verb,
    async (context, line) => (await import("./commands/search.ts")).search(context, bindCommand(SEARCH, line)),
  ],
  [WHERE.verb, async (context, line) => (await import("./commands/where.ts")).where(context, bindCommand(WHERE, line))],
  [
    VARIANTS.verb,
    async (context, line) => (await import("./commands/variants.ts")).variants(context, bindCommand(VARIANTS, line)),
  ],
  [
    REMOVE.verb,
    async (context, line) => (await import("./commands/remove.ts")).remove(context, bindCommand(REMOVE, line)),
  ],
  [
    DEDUP_REPORT.verb,
    async (context, line) => {
      const input = bindCommand(DEDUP_REPORT, line);
      return (await import("./commands/dedup-report.ts")).dedupReport(context, input);
    },
  ],
  [
    RELOCATE.verb,
    async (context, line) =>
      (await import("./commands/tend/relocate.ts")).relocate(context, bindCommand(RELOCATE, line)),
  ],
  [STATS.verb, async (context) => (await import("./commands/stats.ts")).stats(context)],
  [CHECKPOINT.verb, async (context) => (await import("./commands/tend/checkpoint.ts")).checkpoint(context)],
  [CONFIG.verb, async (context) => (await import("./commands/config.ts")).config(context)],
  [
    COMPLETIONS.verb,
    async (_context, line) => (await import("./commands/completions.ts")).completions(bindCommand(COMPLETIONS, line)),
  ],
]);

/** The verbs that can be run, which are those of `DEFINITIONS`. */
export const VERBS: readonly string[] = [...COMMANDS.keys()];

/** Starts the command of a verb. @throws {UsageError} when a flag has a value that it does not take */
export async function startCommand(verb: string, context: CommandContext, line: Line): Promise<CommandRun> {
  const start = COMMANDS.get(verb);
  if (start === undefined) throw new RangeError(`Cannot run ${verb}: it has a definition and no command`);
  return start(context, line);
}
