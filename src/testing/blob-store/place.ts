import { type BlobKey, parseBlobKey } from "../../core/naming/blob-key.ts";
import { EMPTY_SHA256 } from "../../core/sha256.ts";
import type { BlobStat, BlobStore, QuarantineEvidence, StagedBlob } from "../../ports/blob-store.ts";
import { assert } from "../assert.ts";

/** Where one case of the blob-store suite works. */
export interface BlobStorePlace {
  /** A store without a single blob. */
  readonly store: BlobStore;
  /** Whether bytes can have a second name just here. @default what the store says that it can do */
  readonly shares?: boolean | undefined;
  /** Called when the case has ended, well or not; removes what the store left. */
  dispose(): Promise<void>;
}

/** One promise of the port. */
export type BlobStoreCase = (store: BlobStore, shares: boolean) => Promise<void>;

/** The name of most blobs. */
export const KEY: BlobKey = parseBlobKey("folder/sub/blob.txt");
/** Another name, in another folder. */
export const OTHER: BlobKey = parseBlobKey("folder/other.txt");

/** What is wrong with what has the name {@link KEY}. */
export function evidenceFor(store: BlobStore): QuarantineEvidence {
  return {
    reason: "hash_mismatch",
    uri: store.uriOf(KEY),
    expected_sha256: EMPTY_SHA256,
    expected_bytes: 0,
    actual_sha256: null,
    actual_bytes: 7,
    found_at: "2025-01-01T00:00:00.000Z",
    catalog_id: "0".repeat(32),
    verb: "verify",
    documents: [{ id: 1, artifact_id: "doi:10.1/a", source_url: "https://example.org/a", run_id: null }],
  };
}

/** The UTF-8 bytes of a text. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Stages a text. */
export async function stage(store: BlobStore, text: string): Promise<StagedBlob> {
  const writer = await store.stage();
  await writer.write(encode(text));
  return writer.finish();
}

/** What is staged, with its size. */
export async function listStaged(store: BlobStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { staged, owner, modifiedMs, identity } of store.listStaged()) {
    assert("pid" in owner && modifiedMs > 0, "expected an owner and a time");
    assert(identity === (await store.statStaged(staged)).identity, "expected the identity of what is staged");
    found.push(`${staged.name} ${staged.sizeBytes}`);
  }
  return found;
}

/** Gives a text a name. */
export async function put(store: BlobStore, key: BlobKey, text: string): Promise<void> {
  const staged = await stage(store, text);
  assert(await store.place(staged, key), `expected "${key}" to be free`);
  await store.dropStaged(staged);
}

/** The stat of a blob that must be there. */
export async function getStat(store: BlobStore, key: BlobKey): Promise<BlobStat> {
  const stat = await store.stat(key);
  assert(stat !== undefined, `stat: found nothing at "${key}"`);
  return stat;
}

/** The text of a blob that must be there. */
export async function read(store: BlobStore, key: BlobKey): Promise<string> {
  const stream = await store.open(key);
  assert(stream !== undefined, `open: found nothing at "${key}"`);
  return textOf(stream);
}

/** The text of a stream. */
export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}
