import type { DigestFile, DigestFiles } from "../../adapters/digest/digest-files.ts";
import { denoFileError, posixError } from "../../adapters/fs/deno/file-error.ts";
import { asFileStat, type DenoFileInfo } from "../../adapters/fs/deno/file-stat.ts";
import { quote } from "../../core/messages/quote.ts";
import type { FileStat } from "../../ports/file-system.ts";

/** What this file uses of Deno, so that nobody needs Deno's types to compile it. */
interface DenoSyncFiles {
  readonly SeekMode: { readonly Start: 0 };
  openSync(path: string): DenoSyncFile;
  statSync(path: string): DenoFileInfo;
  lstatSync(path: string): DenoFileInfo;
}

interface DenoSyncFile {
  statSync(): DenoFileInfo;
  readSync(target: Uint8Array): number | null;
  seekSync(offset: number, whence: 0): number;
  close(): void;
}

declare const Deno: DenoSyncFiles;

/** The files of the machine, through the calls of Deno that answer at once. */
export const denoFiles: DigestFiles = {
  open(path, followSymlinks) {
    // Deno opens what a symlink leads to, and a pipe it never returns from: so it is looked at before.
    const stat = look(path, followSymlinks);
    if (stat?.kind !== "file") throw notAFile(path, stat);
    return openFile(path);
  },
  look,
};

function look(path: string, followSymlinks: boolean): FileStat | undefined {
  try {
    return asFileStat(followSymlinks ? Deno.statSync(path) : Deno.lstatSync(path));
  } catch (error) {
    const failure = denoFileError(error);
    if (failure.code === "ENOENT" || failure.code === "ENOTDIR") return undefined;
    throw failure;
  }
}

function notAFile(path: string, stat: FileStat | undefined): Error {
  return posixError(stat === undefined ? "ENOENT" : "EINVAL", `${quote(path)} is no file`);
}

function openFile(path: string): DigestFile {
  const file = asking(() => Deno.openSync(path));
  let cursor = 0;
  return {
    stat: () => asking(() => asFileStat(file.statSync())),
    read: (target, position) =>
      asking(() => {
        if (position !== cursor) file.seekSync(position, Deno.SeekMode.Start);
        const count = file.readSync(target) ?? 0;
        cursor = position + count;
        return count;
      }),
    close: () => file.close(),
  };
}

function asking<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw denoFileError(error);
  }
}
