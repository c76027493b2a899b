import type { FileSystem } from "../../../ports/file-system.ts";
import type { CatalogStore } from "./commit/catalog-store.ts";
import type { SharedStore } from "./engine.ts";

interface Entry {
  readonly opening: Promise<CatalogStore>;
  users: number;
}

/** What is open in this process; a file system that is forgotten forgets its catalogs. */
const entries = new WeakMap<FileSystem, Map<string, Entry>>();

/** Which catalog is wanted, and how. */
export interface StoreKey {
  readonly fs: FileSystem;
  readonly path: string;
  /** Everything in which two openings must agree to share. */
  readonly manner: string;
}

/** The store for `key`, opened by `open` unless it is open already. */
export async function shareStore(
  { fs, path, manner }: StoreKey,
  open: () => Promise<CatalogStore>,
): Promise<SharedStore> {
  const open_ = entries.get(fs) ?? new Map<string, Entry>();
  entries.set(fs, open_);
  const name = `${path}\n${manner}`;
  const entry = open_.get(name) ?? { opening: open(), users: 0 };
  open_.set(name, entry);
  entry.users += 1;
  try {
    const store = await entry.opening;
    return { store, path, release: () => release(open_, name, { entry, store }) };
  } catch (error) {
    if (open_.get(name) === entry) open_.delete(name);
    throw error;
  }
}

async function release(
  open: Map<string, Entry>,
  name: string,
  { entry, store }: { readonly entry: Entry; readonly store: CatalogStore },
): Promise<void> {
  entry.users -= 1;
  if (entry.users > 0) return store.sync();
  if (open.get(name) === entry) open.delete(name);
  await store.close();
}
