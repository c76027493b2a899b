import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { listNamedDocuments, sayNothingNamed } from "../../documents/list-named-documents.ts";
import { EXIT } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { documentPart } from "./view.ts";

/** Shows the documents that a word names, each with its variants. */
export async function* run(context: CommandContext, { words }: CommandInput<typeof DEFINITION>): CommandRun {
  const [word = ""] = words;
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const documents = await listNamedDocuments(catalog, word, { signal });
  let variants = 0;
  for (const record of documents) {
    const ofDocument = await catalog.listVariants(record.id, { signal });
    variants += ofDocument.length;
    yield documentPart(record, ofDocument);
  }
  const [first] = documents;
  if (first === undefined) {
    return {
      exitCode: EXIT.finding,
      summary: { documents: 0, variants: 0 },
      blocks: () => [{ block: "line", text: sayNothingNamed(word) }],
      next: "search --text TEXT",
    };
  }
  const next = first.sha256 === null ? "search --unhashed" : `where ${first.sha256.slice(0, 12)}`;
  return { exitCode: EXIT.done, summary: { documents: documents.length, variants }, next };
}
