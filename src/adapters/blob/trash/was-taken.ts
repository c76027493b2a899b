import { OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import { baseName } from "../../../core/path.ts";
import type { FileStat, FileSystem } from "../../../ports/file-system.ts";
import type { Folders } from "../folders.ts";

/** Where {@link wasTaken} looks. */
export interface TakenFromRoot {
  /** Where the files are. */
  readonly fs: FileSystem;
  /** Those of the root. */
  readonly folders: Folders;
}

/** A file that was given another name. */
export interface NamedFile {
  /** The name that it was given. */
  readonly key: string;
  /** The path that it had before. */
  readonly from: string;
  /** What it was before. */
  readonly own: FileStat;
}

/**
 * Whether a file lost the name that it was given to somebody in the root. Then it has no more names than before, or is in
 * the trash or in quarantine: of a collector, or of somebody who took it for another one and is about to give it back.
 */
export async function wasTaken(root: TakenFromRoot, { key, from, own }: NamedFile): Promise<boolean> {
  const now = await root.fs.lstat(from);
  if (now?.identity === own.identity && now.links <= own.links) return true;
  const { identity } = own;
  return (
    (await isAside(root, { folder: OWN_FOLDERS.trash, name: key, identity })) ||
    (await isAside(root, { folder: OWN_FOLDERS.quarantine, name: baseName(key), identity }))
  );
}

async function isAside(
  { fs, folders }: TakenFromRoot,
  { folder, name, identity }: { readonly folder: string; readonly name: string; readonly identity: string },
): Promise<boolean> {
  if (!(await folders.exist(`${folder}/any`))) return false;
  for await (const page of fs.list(folders.pathOf(folder))) {
    for (const entry of page) {
      const stat = await fs.lstat(folders.pathOf(`${folder}/${entry.name}/${name}`));
      if (stat?.identity === identity) return true;
    }
  }
  return false;
}
