import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import { selectIsBad } from "../ledger/ledger-statements.ts";
import type { Damage } from "../quarantine/make-evidence.ts";
import type { PlacingContext } from "./placing-context.ts";
import { hashBlob } from "./stage-content.ts";

/** Whether a blob has to be read before it is taken for what it should be, as its size alone may hide damage. */
export async function requiresReading(
  { sql, settings }: Pick<PlacingContext, "sql" | "settings">,
  uri: StorageUri,
  isLast: boolean,
): Promise<boolean> {
  if (isLast || settings.verifyOnRegister) return true;
  const rows = await sql?.query(selectIsBad(uri), { byKey: true });
  return rows !== undefined && rows.length > 0;
}

/**
 * Compares a blob with the bytes that it should have: by size, and if `thorough` by hash where there is one.
 * @throws {CatalogError} PERMISSION when this user may not read it
 */
export async function findDamage(
  context: PlacingContext,
  look: {
    key: BlobKey;
    found: BlobStat;
    content: { readonly sha256: Sha256 | null; readonly bytes: number };
    thorough: boolean;
  },
): Promise<Damage | undefined> {
  const { key, found, content, thorough } = look;
  const { sha256, bytes } = content;
  const damage = { uri: context.store.uriOf(key), expected: { sha256, bytes } };
  const actual = { sha256: null, bytes: found.sizeBytes };
  if (found.sizeBytes !== bytes) return { reason: "size_mismatch", ...damage, actual };
  if (!thorough || sha256 === null) {
    // Whoever is told that the bytes are there wants to read them.
    await context.store.requireReadable(key);
    return undefined;
  }
  const read = (await hashBlob(context, context.store, key)) ?? null;
  return read === sha256 ? undefined : { reason: "hash_mismatch", ...damage, actual: { ...actual, sha256: read } };
}
