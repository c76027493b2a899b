import { baseName, parentPath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { FileSystem } from "../../ports/file-system.ts";

/** A catalog file that is not in a file system: its bytes, a `File`, or what a fetch gave. */
export type CatalogFile = Response | Blob | Uint8Array | ArrayBuffer;

/**
 * The bytes of a catalog file. A Response that is no whole file is cancelled.
 * @throws {CatalogError} REFUSED for a Response without success, or with a part only
 */
export async function readCatalogFile(file: CatalogFile): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
  if (file instanceof Response) return readResponse(file);
  throw new TypeError("Cannot open the catalog: expected file as a Response, Blob, Uint8Array or ArrayBuffer");
}

async function readResponse(response: Response): Promise<Uint8Array> {
  const { ok, status } = response;
  if (ok && status !== 206) return new Uint8Array(await response.arrayBuffer());
  await Promise.allSettled([response.body?.cancel()]);
  const what = ok ? `status ${status}, which is only a part` : `status ${status}`;
  throw new CatalogError("REFUSED", `Cannot open the catalog: the response has ${what}`, {
    details: { guard: "response" },
    hint: "Check the URL of the catalog file, and ask again.",
  });
}

/** Puts a catalog file into a new file system, with the folders above it. */
export async function writeCatalogFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await makeFolders(fs, parentPath(path));
  const handle = await fs.open(path, "create");
  for (let at = 0; at < bytes.byteLength; ) at += await handle.write(bytes.subarray(at));
  await handle.close();
}

async function makeFolders(fs: FileSystem, path: string): Promise<void> {
  if (baseName(path) === "" || (await fs.stat(path)) !== undefined) return;
  await makeFolders(fs, parentPath(path));
  await fs.makeDirectory(path);
}
