import { hasCode } from "../../core/messages/file-error.ts";
import { findBlobKey } from "../../core/naming/blob-key.ts";
import { PAGE_SIZE } from "../../core/pages.ts";
import type { ListedBlob, ListOptions } from "../../ports/blob-store.ts";
import type { DirectoryEntry, FileSystem } from "../../ports/file-system.ts";

/** What {@link listFiles} works with. */
export interface ListedRoot {
  /** Lists the folders. */
  readonly fs: FileSystem;
  /** The path of a key, of the root for "". */
  readonly pathOf: (key: string) => string;
  /** Whether a name in the root is that of a folder of the catalog's own. */
  readonly isOwn: (name: string) => boolean;
}

/** What lies below a folder of a root, folder by folder; of folders themselves at most the empty ones are told. */
export async function* listFiles(
  root: ListedRoot,
  options: Omit<ListOptions, "under"> & { readonly under?: string | undefined },
): AsyncGenerator<readonly ListedBlob[], void, undefined> {
  const { under = "", emptyFolders = false, stat = false, signal } = options;
  const pageOf = (blobs: readonly ListedBlob[]): Promise<readonly ListedBlob[]> | readonly ListedBlob[] =>
    stat && blobs.some(isUnseen) ? Promise.all(blobs.map((blob) => withStat(root, blob))) : blobs;
  const waiting: string[] = [under];
  const found: ListedBlob[] = [];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    let isEmpty = true;
    for await (const entries of entriesOf(root, folder, stat)) {
      isEmpty = false;
      for (const entry of entries) {
        const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (folder === "" && root.isOwn(name)) continue;
        if (entry.kind === "directory" && entry.unnameable !== true) waiting.push(name);
        else found.push(classify(name, entry));
      }
      while (found.length >= PAGE_SIZE) yield await pageOf(found.splice(0, PAGE_SIZE));
    }
    if (emptyFolders && isEmpty && folder !== under) found.push(...(await lookAtFolder(root, folder)));
    if (found.length >= PAGE_SIZE) yield await pageOf(found.splice(0, PAGE_SIZE));
  }
  if (found.length > 0) yield await pageOf(found);
}

/** A folder that was removed meanwhile has nothing in it. */
async function* entriesOf(
  { fs, pathOf }: ListedRoot,
  folder: string,
  stat: boolean,
): AsyncGenerator<readonly DirectoryEntry[], void, undefined> {
  try {
    yield* fs.list(pathOf(folder), { stat });
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** The empty folder, unless it is gone by now. */
async function lookAtFolder({ fs, pathOf }: ListedRoot, name: string): Promise<readonly ListedBlob[]> {
  const stat = await fs.lstat(pathOf(name));
  const key = findBlobKey(name);
  if (stat?.kind !== "directory" || key === undefined) return [];
  return [{ kind: "folder", key, modifiedMs: stat.modifiedMs }];
}

function classify(name: string, { kind, unnameable, stat }: DirectoryEntry): ListedBlob {
  const key = unnameable === true ? undefined : findBlobKey(name);
  if (key === undefined) return { kind: "unknown", name };
  if (kind === "file") return stat === undefined ? { kind: "blob", key } : { kind: "blob", key, stat };
  return { kind: kind === "symlink" ? "symlink" : "special", key };
}

function isUnseen({ kind, stat }: ListedBlob): boolean {
  return kind === "blob" && stat === undefined;
}

/** A blob with what is known of it, if the folder did not tell, and it is still there. */
async function withStat({ fs, pathOf }: ListedRoot, blob: ListedBlob): Promise<ListedBlob> {
  if (blob.kind !== "blob" || blob.stat !== undefined) return blob;
  const stat = await fs.lstat(pathOf(blob.key));
  return stat?.kind === "file" ? { kind: "blob", key: blob.key, stat } : blob;
}
