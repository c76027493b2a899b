import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { compareBytes } from "../../../core/outcome.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import type { NamedPlace } from "../../files/canonical-name.ts";
import type { Lease } from "../../leases/lease.ts";
import { unlessDocument, unlessVariant } from "../../leases/lease-statements.ts";
import { deleteVerification } from "../../ledger/ledger-statements.ts";
import { ResultReader } from "../../register/result-reader.ts";
import { findTombstones } from "../../tombstones/find-tombstones.ts";
import { earlierRemovalOf, type Tombstone } from "../../tombstones/tombstone.ts";
import { endTombstonesOfRestored } from "../../tombstones/tombstones-statements.ts";
import { type BroughtBytes, formerUri } from "../bytes/bring-bytes.ts";
import type { RestoreClaims, RestoreContext } from "../restore-context.ts";
import { insertRestored, insertRestoredVariant } from "../restore-statements.ts";
import type { RemovedRow } from "./removed-rows.ts";
import { factsOf, staleTrash } from "./restore-facts.ts";

/** A row whose bytes are where it may name them. */
export interface ReadyRow {
  /** As it was. */
  readonly row: RemovedRow<DocumentRecord | VariantRecord>;
  /** As it comes back. */
  readonly record: DocumentRecord | VariantRecord;
  /** Where its bytes are now. */
  readonly brought: BroughtBytes;
  /** Where they were. */
  readonly wanted: { readonly place: NamedPlace };
}

/** Rows that come back together. */
export interface RowsToCommit {
  /** The leases of their places. */
  readonly claims: RestoreClaims;
  /** The rows; that of the document first, unless it is there. */
  readonly ready: readonly ReadyRow[];
  /** The document that they are, or belong to. */
  readonly document: DocumentRecord;
  /** Places whose bytes came out of the trash, also in an attempt before. */
  readonly fromTrash: ReadonlySet<StorageUri>;
}

/** Writes rows with the end of their leases in one batch, if that is to be done; whether no lease was gone by then. */
export async function commitRows(context: RestoreContext, rows: RowsToCommit): Promise<boolean> {
  const { claims, ready } = rows;
  const removed = ready.length === 0 ? [] : await findTombstones(context.sql, { key: rows.document });
  if (!context.apply || ready.length === 0) {
    for (const each of ready) tell(context, rows, { ...each, removed });
    return true;
  }
  const inserts = ready.map(({ record, brought }) => {
    const leased = { lease: claims.find(brought.place.uri)?.id };
    return "variant" in record ? insertRestoredVariant(record, leased) : insertRestored(record, leased);
  });
  const facts: SqlStatement[] = [];
  for (const { row, record, brought, wanted } of ready) {
    facts.push(...(await factsOf(context, { row, record })), ...(await staleTrash(context, wanted.place, brought)));
    // Whatever was known of the place, the bytes have come back to it since.
    if (rows.fromTrash.has(brought.place.uri)) facts.push(deleteVerification(brought.place.uri));
    const ids = tombstonesOf(record, removed).map(({ id }) => id);
    if (ids.length > 0) facts.push(endTombstonesOfRestored(ids, rows.document.id));
  }
  const endings = endingsOf(rows);
  const batch = [...inserts, ...facts, ...endings.flatMap(({ statements }) => statements)];
  const results = new ResultReader(await context.sql.batch(batch, { durable: false }));
  const inserted = inserts.map(() => results.changed());
  results.skip(facts);
  const ended = endings.map(({ lease, statements }) => {
    lease.end();
    results.skip(statements.slice(1));
    return results.changed();
  });
  // What is there although it was not inserted was brought back by others.
  for (const [at, each] of ready.entries()) if (inserted[at] === true) tell(context, rows, { ...each, removed });
  return ended.every(Boolean);
}

/** What says that the bytes of a row were removed on purpose. */
function tombstonesOf(
  { sha256, bytes }: DocumentRecord | VariantRecord,
  removed: readonly Tombstone[],
): readonly Tombstone[] {
  return bytes === null ? [] : removed.filter((each) => compareBytes(each, { sha256, bytes }) !== "other");
}

function tell(
  { tally }: RestoreContext,
  { fromTrash }: RowsToCommit,
  { record, brought, wanted, removed }: ReadyRow & { readonly removed: readonly Tombstone[] },
): void {
  const { uri } = brought.place;
  const from = fromTrash.has(uri) ? "trash" : brought.from;
  const [document, variant] = "variant" in record ? [null, record] : [record, null];
  const removedBefore = earlierRemovalOf(tombstonesOf(record, removed)) ?? null;
  const about = { document, variant, removedBefore };
  tally.restored({ uri, bytes: brought.bytes, from, formerUri: formerUri(wanted, brought), ...about });
}

/** How the leases of rows end: a lease that two rows have ends once. */
function endingsOf({
  claims,
  ready,
  document,
}: RowsToCommit): readonly { readonly lease: Lease; readonly statements: readonly SqlStatement[] }[] {
  const endings = new Map<Lease, readonly SqlStatement[]>();
  for (const { record, brought } of ready) {
    const lease = claims.find(brought.place.uri);
    if (lease === undefined || endings.has(lease)) continue;
    // If the row does not come, its bytes are on record as abandoned.
    const unless = "variant" in record ? unlessVariant(document, record) : unlessDocument(document, lease.uri);
    endings.set(lease, lease.ending(unless));
  }
  return [...endings].map(([lease, statements]) => ({ lease, statements }));
}
