import { baseName, parentPath } from "../../../core/path.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import { removePrivateFolder } from "./writer-lock.ts";

/** A free name for a file beside the catalog that is on its way to become it. */
export function temporaryPath(path: string, nonce: string): string {
  return `${path}.tmp.${nonce}`;
}

/**
 * Removes what dead processes left beside the catalog. Only for the holder of the lock: nobody else may then have a
 * snapshot in the making, and one who waits for the lock makes its private folder again when it is gone.
 */
export async function removeLeftovers(fs: FileSystem, path: string): Promise<void> {
  try {
    await sweep(fs, path);
  } catch {
    // They take space and harm nothing; the next writer tries again.
  }
}

async function sweep(fs: FileSystem, path: string): Promise<void> {
  const folder = parentPath(path);
  const start = baseName(path);
  for await (const { name, kind } of fs.list(folder)) {
    if (!name.startsWith(start)) continue;
    const [, what, nonce] = /^\.(tmp|lock)\.([0-9a-f]{32})$/.exec(name.slice(start.length)) ?? [];
    if (nonce === undefined) continue;
    if (what === "tmp" && kind === "file") await fs.unlink(`${folder}/${name}`);
    else if (what === "lock" && kind === "directory") await removePrivateFolder(fs, `${folder}/${name}`, nonce);
  }
}
