import { OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { baseName, isAbsolutePath, isInsidePath, parentPath } from "../../core/path.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/**
 * Gives a test for real paths that belong to the catalog itself, and are nobody's to add or to move: its file and what
 * lies beside it under that name, and the root's own folders with all that is in them.
 */
export async function createOwnCheck({
  fs,
  store,
  settings,
}: Pick<PlacingContext, "fs" | "store" | "settings">): Promise<(path: string) => boolean> {
  const folders = Object.values(OWN_FOLDERS).map((name) => `${store.root}/${name}`);
  const catalog = isAbsolutePath(settings.catalogPath) ? await realName(fs, settings.catalogPath) : undefined;
  return (path) =>
    folders.some((folder) => isInsidePath(folder, path)) ||
    (catalog !== undefined && (path === catalog || path.startsWith(`${catalog}.`) || path.startsWith(`${catalog}-`)));
}

/** The real path of a file that may not be there yet, and is no symlink. */
async function realName(fs: FileSystem, path: string): Promise<string> {
  const parent = parentPath(path);
  const real = (await fs.stat(parent)) === undefined ? parent : await fs.realPath(parent);
  return real.endsWith("/") ? real + baseName(path) : `${real}/${baseName(path)}`;
}
