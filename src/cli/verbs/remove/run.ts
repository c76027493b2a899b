import type { Catalog } from "../../../catalog/catalog.ts";
import { pinnedError } from "../../../catalog/pins/pinned-error.ts";
import type { DocumentRecord } from "../../../core/document.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { documentsPart } from "../../documents/document-table.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import { formatCount } from "../../output/human-text.ts";
import type { Block, CommandEnd } from "../../output/part.ts";
import type { DEFINITION } from "./definition.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Removes documents, all or none; with `--dry-run` it only says which. */
export async function* run(context: CommandContext, { words, flags }: Input): CommandRun {
  const ids = [...new Set(words.map(parseId))];
  const dryRun = flags["dry-run"];
  const { signal } = context;
  const catalog = await context.openCatalog(dryRun ? "read" : "write");
  const found = new Map<number, DocumentRecord>();
  const damaged = new Map<number, CatalogError>();
  const missing: number[] = [];
  for (const id of ids) {
    const record = await findDocument(catalog, id, { signal });
    if (record === undefined) missing.push(id);
    else if (isCatalogError(record)) damaged.set(id, record);
    else found.set(id, record);
  }
  for (const id of missing) {
    context.finding({ kind: "missing", message: `There is no document ${id}.`, fields: { id } });
  }
  if (missing.length > 0) return nothingRemoved(ids.length, dryRun);
  let variants = 0;
  let operationId: string | null = null;
  if (dryRun) {
    for (const [id, [pin]] of await catalog.findPins(ids, { signal })) {
      if (pin !== undefined) throw pinnedError(`remove document ${id}`, pin);
    }
    for (const id of ids) variants += (await catalog.listVariants(id, { signal })).length;
  } else {
    const removed = await catalog.remove(ids, { reason: flags.reason, signal });
    variants = removed.reduce((sum, each) => sum + each.variants, 0);
    operationId = removed[0]?.operationId ?? null;
  }
  for (const [id, { message }] of damaged) context.finding({ kind: "damaged", message, fields: { id } });
  yield documentsPart([...found.values()]);
  return {
    exitCode: EXIT.done,
    summary: { dry_run: dryRun, documents: ids.length, variants, operation_id: operationId },
    blocks: () => removedBlocks({ documents: ids.length, variants, operationId }),
    next: dryRun ? `remove ${ids.join(" ")}` : "stats",
  };
}

function removedBlocks(removed: {
  readonly documents: number;
  readonly variants: number;
  readonly operationId: string | null;
}): readonly Block[] {
  const { documents, variants, operationId } = removed;
  const what = `${formatCount(documents, "document")} with ${formatCount(variants, "variant")}`;
  const done = operationId === null ? "Would remove" : "Removed";
  const said: Block = { block: "line", text: `${done} ${what} from the catalog; the files stay.` };
  const stays = operationId === null ? "It would stay removed" : "It stays removed";
  const kept = `${stays}: imports and added folders pass over the same bytes, unless --bring-back is given.`;
  const more: Block = { block: "line", text: kept };
  if (operationId === null) return [said, more];
  return [said, more, { block: "advice", text: `To undo it: catalog restore --plan ${operationId} --apply` }];
}

function parseId(word: string): number {
  const id = /^[1-9]\d*$/.test(word) ? Number(word) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new UsageError(
    `Cannot remove ${quote(cleanSecrets(word))}: expected a row id, which is a whole number from 1`,
    {
      hint: `"catalog show ${quote(cleanSecrets(word)).slice(1, -1)}" shows the row ids of an artifact.`,
    },
  );
}

/** A document; for a damaged row, which can be removed all the same, the error that says what is wrong with it. */
async function findDocument(
  catalog: Catalog,
  id: number,
  { signal }: { readonly signal: AbortSignal },
): Promise<DocumentRecord | CatalogError<"CORRUPT"> | undefined> {
  try {
    return await catalog.findById(id, { signal });
  } catch (error) {
    if (isCatalogError(error, "CORRUPT")) return error;
    throw error;
  }
}

function nothingRemoved(asked: number, dryRun: boolean): CommandEnd {
  const text = asked > 1 ? "Nothing was removed, as they go all or none." : "Nothing was removed.";
  return {
    exitCode: EXIT.finding,
    summary: { dry_run: dryRun, documents: 0, variants: 0, operation_id: null },
    blocks: () => [{ block: "line", text }],
    next: "search",
  };
}
