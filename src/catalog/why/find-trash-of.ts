import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStore, TakenBlob } from "../../ports/blob-store.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { CallOptions } from "../call-options.ts";
import type { NamedPlace } from "../files/canonical-name.ts";
import { findTrashLines, type TrashLines } from "../trash/list-trash.ts";
import { describeTaken, type TrashedBlob, type TrashLine } from "../trash/trashed-blob.ts";
import type { AskedCatalog } from "./places-of-members.ts";

/** Catalogs with an older schema have no table of their trash. */
const SCHEMA_WITH_TRASH = 3;

/** What {@link findTrashOf} works with. */
export interface TrashOfContext {
  /** The root, if there is one. */
  readonly store: BlobStore | undefined;
  /** Which collectors are gone. */
  readonly processes: ProcessTable;
}

/** What of some places lies in the trash of the root, by place: whichever catalog took it. */
export async function findTrashOf(
  { store, processes }: TrashOfContext,
  about: { readonly places: readonly NamedPlace[]; readonly catalogs: readonly AskedCatalog[] },
  { signal }: CallOptions,
): Promise<ReadonlyMap<StorageUri, readonly TrashedBlob[]>> {
  const trash = new Map<StorageUri, TrashedBlob[]>();
  if (store === undefined || !store.capabilities.take) return trash;
  const wanted = new Map<string, StorageUri>();
  for (const { key, uri } of about.places) if (key !== undefined) wanted.set(store.comparableKey(key), uri);
  if (wanted.size === 0) return trash;
  const lines = new Map<AskedCatalog, TrashLines>();
  for await (const page of store.listTaken()) {
    signal?.throwIfAborted();
    for (const taken of page) {
      const uri = wanted.get(store.comparableKey(taken.key));
      if (uri === undefined) continue;
      const line = await findLine(about.catalogs, lines, { taken, uri, signal });
      const found = { ...describeTaken({ store, processes }, taken, line), uri };
      trash.set(uri, [...(trash.get(uri) ?? []), found]);
    }
  }
  return trash;
}

/** What the catalog that took something says about it, as each may name it. */
async function findLine(
  catalogs: readonly AskedCatalog[],
  known: Map<AskedCatalog, TrashLines>,
  about: { readonly taken: TakenBlob; readonly uri: StorageUri } & CallOptions,
): Promise<TrashLine | undefined> {
  const { taken, uri, signal } = about;
  for (const catalog of catalogs) {
    if (catalog.schemaVersion < SCHEMA_WITH_TRASH) continue;
    const texts = [...catalog.texts.values()].flat() as StorageUri[];
    const lines = known.get(catalog) ?? (await findTrashLines(catalog.sql, texts, { signal }));
    known.set(catalog, lines);
    for (const text of catalog.texts.get(uri) ?? []) {
      const line = lines.get(text)?.get(taken.run);
      if (line !== undefined) return line;
    }
  }
  return undefined;
}
