import type { FileSystem } from "../../../../ports/file-system.ts";
import type { OpenOptions } from "../commit/open-options.ts";
import type { CatalogStore, JoinOptions } from "./catalog-store.ts";
import { Opening } from "./opening.ts";

interface Entry {
  readonly store: CatalogStore;
  users: number;
  /** The last one has left. */
  ending: Promise<void> | undefined;
}

/** What is open in this process; a file system that is forgotten forgets its catalogs. */
const entries = new WeakMap<FileSystem, Map<string, Entry>>();

/** Which catalog is wanted. */
export interface StoreKey {
  /** Two that reach the same files are not known to; they share as processes do. */
  readonly fs: FileSystem;
  /** The catalog file, absolute and without symlinks. */
  readonly path: string;
  /**
   * For whom: openings share unless this differs. It says whose the file is and what its schema is, as statements fit
   * one schema, and a replica stops at a newer one; and which process it is, for tests that play several.
   */
  readonly kind: string;
}

/** How a catalog is opened. */
export interface SharedOpening extends JoinOptions {
  /** How this opening uses the catalog. */
  readonly openOptions: OpenOptions;
  /** Makes the store if this process has none yet. */
  readonly createStore: () => CatalogStore;
}

/** Opens the catalog for `key` in the store that others in this process have it open in, if any do. */
export async function openShared(key: StoreKey, { createStore, openOptions, ...how }: SharedOpening): Promise<Opening> {
  const { fs, path, kind } = key;
  const open = entries.get(fs) ?? new Map<string, Entry>();
  entries.set(fs, open);
  const name = `${path}\n${kind}`;
  // The last one may be in the middle of its checkpoint: then it has what is to be opened.
  for (let ending = open.get(name)?.ending; ending !== undefined; ending = open.get(name)?.ending) await ending;
  const entry: Entry = open.get(name) ?? { store: createStore(), users: 0, ending: undefined };
  open.set(name, entry);
  entry.users += 1;
  const { store } = entry;
  const leave = (): Promise<void> => {
    entry.users -= 1;
    const left = store.leave(openOptions);
    if (entry.users > 0) return left;
    const forget = (): void => {
      open.delete(name);
    };
    entry.ending = left.then(forget, forget);
    return left;
  };
  try {
    await store.join(openOptions, how);
  } catch (error) {
    await leave();
    throw error;
  }
  return new Opening({ store, openOptions, path, leave });
}
