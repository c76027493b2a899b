import type { DirectoryEntry, FileHandle, FileStat, FileSystem } from "../../ports/file-system.ts";
import { assert } from "../assert.ts";

/** Where one case of the file-system suite works. */
export interface FileSystemPlace {
  /** The file system under test. */
  readonly fs: FileSystem;
  /** An empty folder, as absolute path. */
  readonly directory: string;
  /**
   * What the device under this folder has not, although the file system can do it elsewhere, as hard links and
   * permission bits on FAT, or the time of birth of folders.
   */
  readonly lacks?: readonly ("hardlink" | "modes" | "birth")[] | undefined;
  /** Makes a symlink, for file systems that have them; the port itself cannot. */
  readonly symlink?: ((target: string, path: string) => Promise<void>) | undefined;
  /** Called when the case has ended, well or not; removes the folder with all that is in it. */
  dispose(): Promise<void>;
}

/** One promise of the port. */
export type FileSystemCase = (place: FileSystemPlace) => Promise<void>;

/** The UTF-8 bytes of a text. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The path of a name in a folder, which may be the root. */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** Writes all of `bytes`, as a caller must: one write may take fewer. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const written = await handle.write(bytes.subarray(done));
    assert(written > 0 && written <= bytes.byteLength - done, `write: took ${written} bytes`);
    done += written;
  }
}

/** Reads `sizeBytes` bytes from `position` on, fewer only at the end of the file. */
export async function readText(handle: FileHandle, position: number, sizeBytes: number): Promise<string> {
  const target = new Uint8Array(sizeBytes);
  let done = 0;
  for (;;) {
    const read = await handle.read(target.subarray(done), position + done);
    if (read === 0) return new TextDecoder().decode(target.subarray(0, done));
    done += read;
  }
}

/** Gives `work` an open file and closes it, whatever happens. */
export async function withOpen<Result>(
  opening: Promise<FileHandle>,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await opening;
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** A new file called `name` in the folder of the place; gives its path. */
export async function createFile(place: FileSystemPlace, name: string, text: string = name): Promise<string> {
  const path = joinPath(place.directory, name);
  await withOpen(place.fs.open(path, "create"), (handle) => writeAll(handle, encode(text)));
  return path;
}

/** A new folder called `name` in the folder of the place; gives its path. */
export async function createDirectory(place: FileSystemPlace, name: string): Promise<string> {
  const path = joinPath(place.directory, name);
  await place.fs.makeDirectory(path);
  return path;
}

/** The whole file as text. */
export async function readFileText(fs: FileSystem, path: string): Promise<string> {
  return new TextDecoder().decode(await fs.readFile(path));
}

/** The names in a folder, sorted. */
export async function listAll(fs: FileSystem, path: string): Promise<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const page of fs.list(path)) entries.push(...page.map(({ name, kind }) => ({ name, kind })));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The stat of something that must be there. */
export async function getStat(fs: FileSystem, path: string): Promise<FileStat> {
  const stat = await fs.stat(path);
  assert(stat !== undefined, `stat: found nothing at "${path}"`);
  return stat;
}

/** Whether files of the place can have several names. */
export function hasLinks({ fs, lacks }: FileSystemPlace): boolean {
  return fs.capabilities.hardlink && lacks?.includes("hardlink") !== true;
}
