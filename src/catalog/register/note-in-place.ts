import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine, SqlStatement } from "../../ports/sql.ts";
import { leavePlace } from "../ledger/row-changes.ts";
import { noteInPlace } from "../sources/older-names.ts";
import { deleteInPlace } from "../sources/sources-statements.ts";
import type { RegisteredItem, RegisterItem, RegisterItemsOptions } from "./register.ts";

function urisOf({ registration, variants }: RegisterItem): readonly StorageUri[] {
  return [registration.storageUri, ...variants.map(({ storageUri }) => storageUri)];
}

/** What was taken for registered in place, or was until now, and may be named by no row. */
export function listUnnamed(item: RegisterItem, resolved: RegisteredItem | undefined): readonly StorageUri[] {
  const { record, formerUri, changedVariant: filed, variants = [] } = resolved ?? {};
  const named = new Set([record, filed?.record, ...variants.map((each) => each.record)].map((row) => row?.storageUri));
  const unnamed = urisOf(item).filter((uri) => !named.has(uri));
  return formerUri === undefined ? unnamed : [...unnamed, formerUri];
}

/** Where the bytes lie that a row had before it took others. */
export function formerOf(resolved: RegisteredItem | undefined): readonly StorageUri[] {
  return resolved?.formerUri === undefined ? [] : [resolved.formerUri];
}

/** Writes down which files items name where they lie; that some of them get no row is found out afterwards. */
export function noteItems(
  items: readonly RegisterItem[],
  { inPlace, names }: Pick<RegisterItemsOptions, "inPlace" | "names">,
): readonly SqlStatement[] {
  if (inPlace === "root" && names?.hasRoot !== true) return [];
  const uris = items.flatMap(urisOf);
  return noteInPlace(inPlace === "root" ? uris.filter((uri) => names?.isInRoot(uri)) : uris);
}

/** Places that rows do not name any more. */
export interface LeftPlaces {
  /** Where files may be on record as registered in place. */
  readonly unnamed: readonly StorageUri[];
  /** Where the bytes lie that rows had before. */
  readonly former: readonly StorageUri[];
}

/** Strikes files out that no row names, and ends the incidents of bytes that none has. */
export async function forgetUnnamed(
  { sql }: { readonly sql: SqlEngine },
  { unnamed, former }: LeftPlaces,
  { now, expectedRows }: Pick<RegisterItemsOptions, "now" | "expectedRows">,
): Promise<void> {
  const statements = unnamed.map(deleteInPlace);
  statements.push(...former.flatMap((uri) => leavePlace(uri, { now, resolution: "replaced" })));
  if (statements.length === 0) return;
  // Which files rows name is asked of an index; of most blobs no incident is open, which is asked first.
  await sql.batch(statements, { durable: false, expectedRows: unnamed.length > 0 ? undefined : expectedRows });
}
