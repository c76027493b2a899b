import { parseQuery, type SearchQuery } from "../../../core/query.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { CatalogError } from "../../../errors.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { documentsPart } from "../../documents/document-table.ts";
import { asUsage, EXIT } from "../../exit-codes.ts";
import { formatCount } from "../../output/human-text.ts";
import type { DEFINITION } from "./definition.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Documents read and printed at once. */
const PAGE_SIZE = 500;

/** Lists the documents that match, page by page. */
export async function* run(context: CommandContext, input: Input): CommandRun {
  const query = queryOf(input);
  // What a flag cannot know by itself, like a cursor of another search.
  asUsage(() => parseQuery(query));
  const { signal } = context;
  const catalog = await context.openCatalog("read");
  const limit = input.flags.limit ?? Number.POSITIVE_INFINITY;
  let { cursor } = query;
  let documents = 0;
  const damaged: CatalogError<"CORRUPT">[] = [];
  const onDamagedRow = (error: CatalogError<"CORRUPT">): void => void damaged.push(error);
  do {
    const pageSize = Math.min(PAGE_SIZE, limit - documents);
    const page = await catalog.searchPage({ ...query, cursor, pageSize }, { signal, onDamagedRow });
    if (page.records.length > 0) yield documentsPart(page.records, documents > 0);
    documents += page.records.length;
    cursor = page.cursor;
  } while (cursor !== undefined && documents < limit);
  if (damaged[0] !== undefined) throw damagedRows(damaged[0], damaged.length);
  const found = documents > 0;
  return {
    exitCode: found ? EXIT.done : EXIT.finding,
    summary: { documents, cursor: cursor ?? null },
    blocks: () => [
      { block: "advice", text: found ? `${formatCount(documents, "document")}.` : "No document matches." },
    ],
    next: nextCommand(input, { found, cursor }),
  };
}

/** What could be read was printed; the answer is not whole all the same. */
function damagedRows(first: CatalogError<"CORRUPT">, count: number): CatalogError {
  if (count === 1) return first;
  const { details, hint = "" } = first;
  const message = `${first.message}; ${formatCount(count - 1, "more row")} cannot be read`;
  return new CatalogError("CORRUPT", message, { details, cause: first, hint });
}

function queryOf({ flags }: Input): SearchQuery {
  return {
    artifactId: flags["artifact-id"],
    sourceUrl: flags["source-url"],
    resolver: flags.resolver,
    runId: flags["run-id"],
    contentType: flags["content-type"],
    sha256: flags.sha256,
    text: flags.text,
    minBytes: flags["min-size"],
    maxBytes: flags["max-size"],
    since: flags.since,
    until: flags.until,
    hashed: flags.unhashed ? false : undefined,
    sort: flags.sort,
    order: flags.order,
    cursor: flags.cursor,
  };
}

/** The same search behind the cursor; spans before now have become dates, as the cursor belongs to these dates. */
function nextCommand(
  { flags }: Input,
  { found, cursor }: { readonly found: boolean; readonly cursor: string | undefined },
): string {
  if (cursor === undefined) return found ? "show ID" : "stats";
  const words = Object.entries({ ...flags, cursor }).flatMap(([name, value]): readonly string[] => {
    if (value === undefined || value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${quoteForShell(cleanSecrets(String(value)))}`];
  });
  return ["search", ...words].join(" ");
}
