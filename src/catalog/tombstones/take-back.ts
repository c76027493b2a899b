import { quote } from "../../core/messages/quote.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import type { SqlRow, SqlStatement } from "../../ports/sql.ts";
import { textOf } from "../find/find-by-keys.ts";
import type { RegisteredItem, RegisterItem } from "../register/register.ts";
import { takeBackRemoved } from "./tombstones-statements.ts";

/** Of an item whose row was removed on purpose between the look at it and its batch: it does not come back. */
export const REMOVED_MEANWHILE: RegisteredItem = {
  outcome: "kept",
  contentChanged: false,
  removedMeanwhile: true,
  variants: [],
};

/** A file that was removed on purpose at the moment when a run over many came by it. */
export function removedMeanwhile({ artifactId }: { readonly artifactId: string }): CatalogError<"CONFLICT"> {
  const reason = "it was removed on purpose at this moment";
  return new CatalogError("CONFLICT", `Cannot register ${quote(artifactId)}: ${reason}`, { details: { reason } });
}

/**
 * What takes rows back that a run over many lines has just made, if they were removed on purpose after the tombstone
 * `removedAfter`, which was the last one that the run knew: behind the statements that make them. None for who wants them
 * whatever was removed.
 */
export function takeBackStatements({
  removedAfter,
  now,
}: {
  readonly removedAfter?: number | undefined;
  readonly now: Timestamp;
}): readonly SqlStatement[] {
  return removedAfter === undefined ? [] : takeBackRemoved(removedAfter, now);
}

/** What became of items, by the keys that the first of these statements gave. */
export function markTakenBack<Registered extends RegisteredItem | undefined>(
  items: readonly RegisterItem[],
  registered: readonly Registered[],
  rows: readonly SqlRow[],
): readonly (Registered | RegisteredItem)[] {
  if (rows.length === 0) return registered;
  const taken = new Set(
    rows.map(([artifactId, sourceUrl, resolver]) =>
      textOf({ artifactId: String(artifactId), sourceUrl: String(sourceUrl), resolver: String(resolver) }),
    ),
  );
  return registered.map((each, at) => {
    const key = items[at]?.registration;
    return each?.outcome === "created" && key !== undefined && taken.has(textOf(key)) ? REMOVED_MEANWHILE : each;
  });
}
