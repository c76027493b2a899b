import type { DocumentRecord } from "../../core/document.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { CallOptions } from "../call-options.ts";
import type { CatalogContext } from "../context.ts";
import { checkId, missingDocument } from "../find/find.ts";
import { endExpiredPins } from "../pins/end-expired-pins.ts";
import { findPins } from "../pins/find-pins.ts";
import { pinnedError } from "../pins/pinned-error.ts";
import { ResultReader } from "../register/result-reader.ts";
import { type DocumentToRemove, findDocumentsToRemove, type RemovalContext, removeDocument } from "./row-removal.ts";

/** Options of `remove`. */
export interface RemoveOptions extends CallOptions {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

/** A document that is gone from the catalog. */
export interface RemovedDocument {
  /** Of the row. */
  readonly id: number;
  /** The row as it was; `undefined` for a damaged one, of which no record can be made. */
  readonly record: DocumentRecord | undefined;
  /** How many variants went with it. */
  readonly variants: number;
  /** What the removals of one call have in common, 32 hexadecimal characters: `restore` brings all of it back. */
  readonly operationId: string;
}

/**
 * Removes documents with their variants, all or none, records each row in `removals`, and leaves a tombstone for each
 * content, so that no import brings it back. A damaged row goes, too.
 * @throws {CatalogError} NOT_FOUND when one of them does not exist; then none is removed
 * @throws {CatalogError} REFUSED (`pinned`) when a pin holds one of them, or one of its variants; then none is removed, but
 * for a pin that is set at this moment: it holds its own only
 * @throws {CatalogError} CONFLICT when one was changed, or got a variant, by others at this moment; then it stays
 */
export async function remove(
  context: CatalogContext & RemovalContext,
  ids: readonly number[],
  options: RemoveOptions,
): Promise<readonly RemovedDocument[]> {
  const wanted = [...new Set(ids.map(checkId))];
  const found = await findDocumentsToRemove(context, wanted, { signal: options.signal });
  const documents = wanted.map((id) => found.get(id) ?? missing(id));
  if (documents.length === 0) return [];
  await endExpiredPins(context);
  await refusePinned(context, documents, options);
  const operationId = context.entropy.nonce();
  const now = formatTimestamp(context.clock.now());
  const { reason = null } = options;
  const removal = { now, operationId, verb: "remove", reason, casStart: context.root?.casStart } as const;
  const removals = documents.map((document) => removeDocument(document, removal));
  const statements = removals.flatMap(({ records, deletion }) => [...records, deletion]);
  statements.push(...removals.flatMap(({ followUps }) => followUps));
  const results = new ResultReader(await context.sql.batch(statements, { signal: options.signal, makesRoom: true }));
  const removed: RemovedDocument[] = [];
  const stayed: DocumentToRemove[] = [];
  for (const [at, document] of documents.entries()) {
    results.skip(removals[at]?.records ?? []);
    const { id, record, variants } = document;
    if (!results.changed()) {
      stayed.push(document);
      continue;
    }
    removed.push({ id, record, variants: variants.length, operationId });
    context.figures?.add("content_catalog.documents", -1);
    context.figures?.add("content_catalog.logical.size", -(record?.bytes ?? 0));
  }
  await refusePinned(context, stayed, options);
  const [changed] = stayed;
  if (changed !== undefined) throw changedMeanwhile(changed.id);
  return removed;
}

/** Names the pin that holds one of some documents. What keeps them is the condition of the statements. */
async function refusePinned(
  { sql }: CatalogContext,
  documents: readonly DocumentToRemove[],
  { signal }: CallOptions,
): Promise<void> {
  const ids = documents.map(({ id }) => id);
  for (const [id, [pin]] of await findPins(sql, ids, { signal })) {
    if (pin !== undefined) throw pinnedError(`remove document ${id}`, pin);
  }
}

function missing(id: number): never {
  throw missingDocument(id);
}

function changedMeanwhile(id: number): CatalogError {
  const reason = `document ${id} was changed or removed by others at this moment`;
  return new CatalogError("CONFLICT", `Cannot remove document ${id}: ${reason}`, {
    details: { reason },
    hint: "Look at it again and repeat the removal.",
  });
}
