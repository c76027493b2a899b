import { asCatalogError } from "../../core/messages/file-error.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { Sha256 } from "../../core/sha256.ts";
import { decodePathOfUri, type StorageUri } from "../../core/storage-uri.ts";
import { isCatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { hashBlob } from "../placing/stage-content.ts";
import { type HashFileContext, hashFile } from "./hash-file.ts";

/** What {@link hashStored} works with. */
export interface HashStoredContext extends HashFileContext {
  /** Where blobs below the root are; without it they are read as files. */
  readonly store?: BlobStore | undefined;
}

/** What keeps a single blob from being read. */
const UNREADABLE = ["NOT_FOUND", "PERMISSION", "REFUSED", "BACKEND", "UNSUPPORTED"] as const;

/**
 * The hash of what is at a place, in the store or anywhere on the machine, if that is a file of so many bytes;
 * `undefined` for anything else, and for what cannot be read: nothing is proven then.
 */
export async function hashStored(
  context: HashStoredContext,
  uri: StorageUri,
  { bytes, signal }: { readonly bytes: number; readonly signal?: AbortSignal | undefined },
): Promise<Sha256 | undefined> {
  const { store } = context;
  const key = store?.findKey(uri);
  try {
    if (store !== undefined && key !== undefined) return await hashIfSized(context, { store, key, bytes });
    const path = decodePathOfUri(uri);
    const stat = path === undefined ? undefined : await context.fs.stat(path);
    if (path === undefined || stat?.kind !== "file" || stat.sizeBytes !== bytes) return undefined;
    const hashed = await hashFile(context, path, { signal });
    return hashed.stable && hashed.sizeBytes === bytes ? hashed.sha256 : undefined;
  } catch (cause) {
    const error = asCatalogError(cause, { verb: "read", path: uri });
    if (UNREADABLE.some((code) => isCatalogError(error, code))) return undefined;
    throw error;
  }
}

async function hashIfSized(
  context: HashStoredContext,
  blob: { readonly store: BlobStore; readonly key: BlobKey; readonly bytes: number },
): Promise<Sha256 | undefined> {
  const { store, key, bytes } = blob;
  return (await store.stat(key))?.sizeBytes === bytes ? hashBlob(context, store, key) : undefined;
}
