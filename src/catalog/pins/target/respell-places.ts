import type { StorageUri } from "../../../core/storage-uri.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import { respellPlace } from "../../ledger/row-changes.ts";
import { repointDocument, repointVariant } from "../../placing/placing-statements.ts";
import type { RowsAtPlace } from "./known-things.ts";

/** Gives rows that name a place by another text, as catalogs of before have them, the text by which a pin knows it. */
export async function respellPlaces(
  { sql, clock }: Pick<CapabilityContext, "sql" | "clock">,
  { documents, variants }: RowsAtPlace,
  to: StorageUri,
): Promise<void> {
  const now = formatTimestamp(clock.now());
  const statements = [
    ...documents.map(({ id, storageUri: from }) => ({ from, move: repointDocument(id, { from, to, now }) })),
    ...variants.map(({ id, storageUri: from }) => ({ from, move: repointVariant(id, { from, to }) })),
  ].flatMap(({ from, move }) => (from === to ? [] : [move, ...respellPlace(from, to, now)]));
  if (statements.length > 0) await sql.batch(statements, { durable: false });
}
