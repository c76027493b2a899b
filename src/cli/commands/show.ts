import { quote } from "../../core/messages/quote.ts";
import type { CommandInput } from "../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { SHOW } from "../definitions/find.ts";
import { EXIT } from "../exit-codes.ts";
import { documentDetailPart } from "../views/document-view.ts";
import { resolveDocuments } from "./_resolve-documents.ts";

/** Shows the documents that a word means, each with its variants. */
export async function* show(context: CommandContext, { words }: CommandInput<typeof SHOW>): CommandRun {
  const [word = ""] = words;
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const documents = await resolveDocuments(catalog, word, { signal });
  let variants = 0;
  for (const record of documents) {
    const ofDocument = await catalog.listVariants(record.id, { signal });
    variants += ofDocument.length;
    yield documentDetailPart(record, ofDocument);
  }
  const [first] = documents;
  if (first === undefined) {
    return {
      exitCode: EXIT.finding,
      summary: { documents: 0, variants: 0 },
      blocks: () => [{ block: "line", text: `No document has the row id, artifact id or source URL ${quote(word)}.` }],
      next: "search --text TEXT",
    };
  }
  const next = first.sha256 === null ? "search --unhashed" : `where ${first.sha256.slice(0, 12)}`;
  return { exitCode: EXIT.done, summary: { documents: documents.length, variants }, next };
}
