import type { CommandInput } from "../../../src/cli/arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../../src/cli/command.ts";
import { EXIT } from "../../../src/cli/exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { greetingPart } from "./view.ts";

/** Greets somebody. */
export async function* run(context: CommandContext, { words, flags }: CommandInput<typeof DEFINITION>): CommandRun {
  const [name = ""] = words;
  const times = flags.times ?? 1;
  if (name === "nobody") {
    context.finding({ kind: "absent", message: "Nobody is there.", fields: { kind: "absent", name } });
    return { exitCode: EXIT.finding, summary: { greetings: 0 }, next: "stats" };
  }
  for (let done = 0; done < times; done++) {
    const text = `${done} of ${times}`;
    context.progress({ done, total: times, text, fields: { command: "greet", done } });
    yield greetingPart(name, flags.tone === "formal");
  }
  return { exitCode: EXIT.done, summary: { greetings: times } };
}
