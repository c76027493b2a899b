import { quote } from "../../core/messages/quote.ts";
import type { CommandInput } from "../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { VARIANTS } from "../definitions/find.ts";
import { EXIT } from "../exit-codes.ts";
import { variantsPart } from "../views/document-view.ts";
import { resolveDocuments } from "./_resolve-documents.ts";

/** Lists the variants of the documents that a word means. */
export async function* variants(context: CommandContext, { words }: CommandInput<typeof VARIANTS>): CommandRun {
  const [word = ""] = words;
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const documents = await resolveDocuments(catalog, word, { signal });
  const lists = await Promise.all(documents.map(({ id }) => catalog.listVariants(id, { signal })));
  const found = lists.flat();
  if (found.length > 0) yield variantsPart(found);
  const text =
    documents.length === 0
      ? `No document has the row id, artifact id or source URL ${quote(word)}.`
      : `${quote(word)} has no variants.`;
  return {
    exitCode: found.length > 0 ? EXIT.done : EXIT.finding,
    summary: { documents: documents.length, variants: found.length },
    blocks: () => (found.length > 0 ? [] : [{ block: "line", text }]),
    next: documents.length === 0 ? "search --text TEXT" : `show ${documents[0]?.id}`,
  };
}
