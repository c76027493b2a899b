import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { Sha256 } from "../../core/sha256.ts";
import { isCatalogError } from "../../errors.ts";
import { findBlob } from "./find-blob.ts";
import { findDamage } from "./find-damage.ts";
import type { PlacingContext } from "./placing-context.ts";
import { selectBlobsWithHash } from "./placing-statements.ts";

/** How many rows are looked at: enough that one has room for another name. */
const MAX_ROWS = 8;

/** Blobs of the store that have these bytes: rows name them, and as nobody may have computed their hash, it is computed. */
export async function* findExistingCopies(
  context: PlacingContext,
  content: { readonly sha256: Sha256; readonly bytes: number },
): AsyncGenerator<BlobKey, void, undefined> {
  const { store, sql, state } = context;
  const keys = new Set<BlobKey>();
  const inFlight = state.inFlight.get(content.sha256);
  if (inFlight !== undefined) keys.add(inFlight);
  for (const table of ["documents", "variants"] as const) {
    const rows = (await sql?.query(selectBlobsWithHash(table, { ...content, limit: MAX_ROWS }))) ?? [];
    for (const [uri] of rows) {
      const key = store.findKey(String(uri));
      if (key !== undefined) keys.add(key);
    }
  }
  for (const key of keys) {
    const found = await findBlob(context, key);
    if (found === undefined) continue;
    const look = { key, found, content, thorough: true };
    if (await isIntact(context, look)) yield key;
  }
}

/** What this user may not read is of no use, and in nobody's way. */
async function isIntact(...[context, look]: Parameters<typeof findDamage>): Promise<boolean> {
  try {
    return (await findDamage(context, look)) === undefined;
  } catch (error) {
    if (isCatalogError(error, "PERMISSION")) return false;
    throw error;
  }
}
