import { decodePathOfUri } from "../../core/storage-uri.ts";
import type { FileSystem } from "../../ports/file-system.ts";

/** What the identity of a file begins with here; no URI does. */
const FILE = "file ";

/**
 * What tells the file or object behind a storage URI from all others; `undefined` where there is nothing of that size, as
 * far as can be seen from here. Objects are taken as on record.
 */
export async function findStoredIdentity(fs: FileSystem, uri: string, sizeBytes: number): Promise<string | undefined> {
  if (!/^file:/i.test(uri)) return uri;
  const path = decodePathOfUri(uri);
  if (path === undefined) return undefined;
  try {
    const stat = await fs.stat(path);
    return stat?.kind === "file" && stat.sizeBytes === sizeBytes ? FILE + stat.identity : undefined;
  } catch {
    // A folder that cannot be looked into, a name that is too long: whatever it is, no file was seen.
    return undefined;
  }
}

/** Whether what has an identity is a file, which may share blocks of its device. */
export function isFileIdentity(identity: string): boolean {
  return identity.startsWith(FILE);
}
