import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { createOpfsFileSystem, type OpfsFileSystem, toOpfsDirectory } from "../../../../src/adapters/fs/opfs.ts";
import { type Interference, interferedDirectory } from "./interfered-directory.ts";

/** How to open the file system of a folder. */
export interface FolderOptions {
  readonly interference?: Interference | undefined;
  readonly compactBytes?: number | undefined;
}

/** A file system with "/" in a folder of the origin; whoever gives the same name works in the same one. */
export async function openFolder(name: string, options: FolderOptions = {}): Promise<OpfsFileSystem> {
  const origin = await navigator.storage.getDirectory();
  const directory = toOpfsDirectory(await origin.getDirectoryHandle(name, { create: true }));
  const { interference = {}, compactBytes } = options;
  return createOpfsFileSystem({
    directory: interferedDirectory(directory, interference),
    locks: navigator.locks,
    scope: name,
    entropy: webCryptoEntropy,
    compactBytes,
  });
}
