import { parseSoughtThing } from "../../../catalog/find/sought-thing.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { asUsage, EXIT } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { explanationPart, nextCommand, sayNobodyKnows, unreadableFinding } from "./view.ts";

/** Explains what keeps something, what will become of it, or what became of it. */
export async function* run(context: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const [word = ""] = words;
  const { signal, host } = context;
  asUsage(() => parseSoughtThing(word));
  const catalog = await context.openCatalog("read");
  const explanation = await catalog.why(word, { workingDirectory: host.cwd, signal });
  for (const each of explanation.unreadable) context.finding(unreadableFinding(each));
  const { isKnown, documents, variants, places, pins, removals, tombstones, unreadable } = explanation;
  if (isKnown || places.length > 0) yield explanationPart(explanation, host.clock.now());
  return {
    exitCode: isKnown ? EXIT.done : EXIT.finding,
    summary: {
      target: cleanSecrets(word),
      known: isKnown,
      documents: documents.length,
      variants: variants.length,
      places: places.length,
      pins: pins.length,
      removals: removals.length,
      tombstones: tombstones.length,
      findings: unreadable.length,
    },
    blocks: () => (isKnown ? [] : [{ block: "line", text: sayNobodyKnows(word) }]),
    next: nextCommand(explanation, host.clock.now()),
  };
}
