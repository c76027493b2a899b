import { quote } from "../../../core/messages/quote.ts";
import { parseSha256Prefix } from "../../../core/sha256.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { asUsage, EXIT } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { locationsPart } from "./view.ts";

/** Says where bytes with a hash are. */
export async function* run(context: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const prefix = asUsage(() => parseSha256Prefix(words[0] ?? ""));
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const documents = await catalog.findByHashPrefix(prefix, { signal });
  const variants = await catalog.findVariantsByHashPrefix(prefix, { signal });
  const found = documents.length + variants.length > 0;
  if (found) yield locationsPart(documents, variants);
  const id = documents[0]?.id ?? variants[0]?.documentId;
  return {
    exitCode: found ? EXIT.done : EXIT.finding,
    summary: { prefix, documents: documents.length, variants: variants.length },
    blocks: () => (found ? [] : [{ block: "line", text: `Nothing has a hash that begins with ${quote(prefix)}.` }]),
    next: id === undefined ? "search --unhashed" : `show ${id}`,
  };
}
