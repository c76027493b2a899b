import type { FileStat } from "../../ports/file-system.ts";

/** An open file. Errors are those of `FileSystem`. */
export interface DigestFile {
  /** What is known about the open file, whatever its name stands for by now. */
  stat(): FileStat | Promise<FileStat>;
  /** Reads from the byte `position` on; gives how many bytes came, possibly fewer than fit, `0` at the end. */
  read(target: Uint8Array, position: number): number | Promise<number>;
  /** Ends it. */
  close(): void | Promise<void>;
}

/**
 * What the reading of files takes of a file system. Where it answers without a promise, a small file costs a third less,
 * and the thread does nothing else meanwhile. Errors are those of `FileSystem`.
 */
export interface DigestFiles {
  /**
   * Opens a file for reading, and never waits for the other end of a pipe. What is no file may be opened, or refused;
   * so may a symlink that is not followed, which {@link look} tells afterwards.
   */
  open(path: string, followSymlinks: boolean): DigestFile | Promise<DigestFile>;
  /** What has the name, or what a symlink there leads to; `undefined` where nothing is. */
  look(path: string, followSymlinks: boolean): FileStat | undefined | Promise<FileStat | undefined>;
}
