import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { listNamedDocuments, sayNothingNamed } from "../../documents/list-named-documents.ts";
import { EXIT } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { variantsPart } from "./view.ts";

/** Lists the variants of the documents that a word names. */
export async function* run(context: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const [word = ""] = words;
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const documents = await listNamedDocuments(catalog, word, { signal });
  const lists = await Promise.all(documents.map(({ id }) => catalog.listVariants(id, { signal })));
  const found = lists.flat();
  if (found.length > 0) yield variantsPart(found);
  const text = documents.length === 0 ? sayNothingNamed(word) : `${quote(cleanSecrets(word))} has no variants.`;
  return {
    exitCode: found.length > 0 ? EXIT.done : EXIT.finding,
    summary: { documents: documents.length, variants: found.length },
    blocks: () => (found.length > 0 ? [] : [{ block: "line", text }]),
    next: documents.length === 0 ? "search --text TEXT" : `show ${documents[0]?.id}`,
  };
}
