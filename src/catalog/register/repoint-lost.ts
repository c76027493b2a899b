import { hasCode } from "../../core/messages/file-error.ts";
import { decodePathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { DocumentsByKey } from "../find/find-by-keys.ts";
import { leaveLost } from "../ledger/row-changes.ts";
import { findBlob } from "../placing/find-blob.ts";
import { repointDocument } from "../placing/placing-statements.ts";
import type { RegisteredItem, RegisterItem } from "./register.ts";

/** What {@link repointLost} works with. */
export interface RepointContext {
  /** Where the rows are. */
  readonly sql: SqlEngine;
  /** Where files outside the root are. */
  readonly fs: FileSystem;
  /** Where blobs below the root are. */
  readonly store?: BlobStore | undefined;
}

/**
 * Points documents to where their bytes were found again: those that were registered with the same bytes as before, at
 * another place, and whose own file is gone.
 */
export async function repointLost(
  context: RepointContext,
  items: readonly RegisterItem[],
  { registered, now }: { readonly registered: readonly RegisteredItem[]; readonly now: Timestamp },
): Promise<void> {
  for (const [index, { outcome, unverified, record }] of registered.entries()) {
    const to = items[index]?.registration.storageUri;
    const isSame = (outcome === "found" || outcome === "completed") && unverified !== true;
    if (!isSame || record === undefined || to === undefined || record.storageUri === to) continue;
    const from = record.storageUri;
    if (await isGone(context, from)) {
      const left = leaveLost(from, to, now);
      await context.sql.batch([repointDocument(record.id, { from, to, now }), ...left], { durable: false });
    }
  }
}

/** Where the row with the key of an item says that its bytes are, if they are not there: it takes those offered. */
export async function findLost(
  context: Omit<RepointContext, "sql">,
  { registration }: RegisterItem,
  known: DocumentsByKey,
): Promise<StorageUri | undefined> {
  const from = known.get(registration)?.storageUri;
  if (from === undefined || from === registration.storageUri) return undefined;
  return (await isGone(context, from)) ? from : undefined;
}

/** Whether nothing is where a URI says; what cannot be seen may be there. */
export async function isGone({ fs, store }: Omit<RepointContext, "sql">, uri: StorageUri): Promise<boolean> {
  const key = store?.findKey(uri);
  if (store !== undefined && key !== undefined) return (await findBlob({ store }, key)) === undefined;
  const path = decodePathOfUri(uri);
  try {
    return path !== undefined && (await fs.stat(path)) === undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return true;
    if (hasCode(error, "EACCES", "EPERM", "ELOOP", "EIO", "ESTALE", "ETIMEDOUT", "ENAMETOOLONG", "EINVAL"))
      return false;
    throw error;
  }
}
