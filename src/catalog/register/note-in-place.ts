import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine, SqlStatement } from "../../ports/sql.ts";
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

/** Writes down which files items name where they lie; that some of them get no row is found out afterwards. */
export function noteItems(
  items: readonly RegisterItem[],
  { inPlace, names }: Pick<RegisterItemsOptions, "inPlace" | "names">,
): readonly SqlStatement[] {
  if (inPlace === "root" && names?.hasRoot !== true) return [];
  const uris = items.flatMap(urisOf);
  return noteInPlace(inPlace === "root" ? uris.filter((uri) => names?.isInRoot(uri)) : uris);
}

/** Strikes files out that no row names. */
export async function forgetUnnamed(
  { sql }: { readonly sql: SqlEngine },
  unnamed: readonly StorageUri[],
): Promise<void> {
  if (unnamed.length > 0) await sql.batch(unnamed.map(deleteInPlace), { durable: false });
}
