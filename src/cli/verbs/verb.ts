import { bindCommand, type CommandInput, type CommandRequest } from "../arguments/command-line.ts";
import type { CommandDefinition } from "../arguments/flag.ts";
import type { CommandContext, CommandRun } from "../command.ts";

/** The words and flags behind a verb, and the moment that spans of time are seen from. */
export type VerbLine = Pick<CommandRequest, "words" | "flags"> & { readonly nowMs: number };

/** What `catalog` can do: what is said about it, and how it is done. */
export interface Verb extends CommandDefinition {
  /** Starts it. @throws {UsageError} when a flag has a value that it does not take */
  start(context: CommandContext, line: VerbLine): Promise<CommandRun>;
}

/** What the module of a verb exports. */
export interface VerbModule<Definition extends CommandDefinition> {
  run(context: CommandContext, input: CommandInput<Definition>): CommandRun;
}

/** A verb whose module is loaded when it is asked for, after its flags were read. */
export function createVerb<const Definition extends CommandDefinition>(
  definition: Definition,
  load: () => Promise<VerbModule<Definition>>,
): Verb {
  return {
    ...definition,
    async start(context, line) {
      const input = bindCommand(definition, line);
      const { run } = await load();
      return run(context, input);
    },
  };
}
