import { baseName, parentPath } from "../../../core/path.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import { findListedPath } from "./canonical-keys.ts";

/** The real path of a folder that may not be there yet. */
export async function resolveRoot(fs: FileSystem, path: string): Promise<string> {
  if ((await fs.stat(path)) !== undefined || path === parentPath(path)) {
    return findListedPath(fs, await fs.realPath(path));
  }
  const parent = await resolveRoot(fs, parentPath(path));
  return parent.endsWith("/") ? parent + baseName(path) : `${parent}/${baseName(path)}`;
}
