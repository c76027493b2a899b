import { decodePathOfUri } from "../../core/storage-uri.ts";
import type { FileSystem } from "../../ports/file-system.ts";

/** What the identity of a file begins with here; no URI does. */
const FILE = "file ";

/** What stands behind storage URIs. */
export interface StoredFiles {
  /** Different files and objects. */
  readonly files: number;
  /** Several of them are files, which may share blocks of a device. */
  readonly mayShareBlocks: boolean;
  /** URIs behind which there is nothing of that size, as far as can be seen from here. */
  readonly missing: number;
}

/** Counts the files of a size behind storage URIs, each once, whatever names it has. Objects are taken as on record. */
export async function countStoredFiles(
  fs: FileSystem,
  uris: ReadonlySet<string>,
  sizeBytes: number,
): Promise<StoredFiles> {
  const identities = new Set<string>();
  let missing = 0;
  for (const uri of uris) {
    const identity = await findIdentity(fs, uri, sizeBytes);
    if (identity === undefined) missing++;
    else identities.add(identity);
  }
  const files = [...identities].filter((identity) => identity.startsWith(FILE));
  return { files: identities.size, mayShareBlocks: files.length > 1 && sizeBytes > 0, missing };
}

async function findIdentity(fs: FileSystem, uri: string, sizeBytes: number): Promise<string | undefined> {
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
