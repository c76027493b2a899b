import { parseSoughtThing } from "../../../catalog/find/sought-thing.ts";
import type { FoundPinTarget } from "../../../catalog/pins/target/find-pin-targets.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { requireOneHash, unpinnedPart } from "../../documents/pin-part.ts";
import { asUsage, EXIT } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";

/** Ends the pins on something. */
export async function* run(context: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const [word = ""] = words;
  const { signal, host } = context;
  asUsage(() => parseSoughtThing(word));
  const catalog = await context.openCatalog("write");
  const found = await catalog.findPinTargets(word, { workingDirectory: host.cwd, signal });
  const pinned = found.filter(({ pin }) => pin !== null);
  requireOneHash(word, pinned);
  for (const { target } of pinned) await catalog.unpin(target, { signal });
  const ended = pinned.flatMap(({ pin }) => pin ?? []);
  if (ended.length > 0) yield unpinnedPart(ended);
  return {
    exitCode: ended.length > 0 ? EXIT.done : EXIT.finding,
    summary: { target: cleanSecrets(word), pins: ended.length },
    blocks: () => (ended.length > 0 ? [] : [{ block: "line", text: sayNothingEnded(word, found) }]),
    next: "pin --list",
  };
}

function sayNothingEnded(word: string, found: readonly FoundPinTarget[]): string {
  const named = quote(cleanSecrets(word));
  return found.some(({ isKnown }) => isKnown)
    ? `There is no pin on ${named}.`
    : `The catalog knows nothing by ${named}, and nothing by that is pinned.`;
}
