import { quote } from "../../core/messages/quote.ts";
import type { DigestPool } from "../../ports/digest-pool.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import type { Hasher } from "../../ports/hasher.ts";
import type { DigestFile, DigestFiles } from "./digest-files.ts";
import { createLanePool } from "./lane-pool.ts";
import { createThreadLane } from "./thread-lane.ts";

/** How far pauses are apart, in bytes: about some milliseconds, of which a pause takes a hundredth. */
const PAUSE_BYTES = 1024 * 1024;

/** Reads the files of a file system one after the other in this thread, where it has no threads of its own. */
export function createFileDigests(fs: FileSystem, hasher: Hasher): DigestPool {
  const files = new FilesOfSystem(fs);
  return createLanePool({
    workers: [],
    openInThread: () => createThreadLane({ files, hasher, pause, pauseBytes: PAUSE_BYTES }),
  });
}

class FilesOfSystem implements DigestFiles {
  readonly #fs: FileSystem;

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  async open(path: string, followSymlinks: boolean): Promise<DigestFile> {
    const stat = await this.look(path, followSymlinks);
    // Opening a file follows symlinks, and may be refused for what is none, or wait.
    if (stat?.kind !== "file") throw notAFile(path, stat);
    return this.#fs.open(path, "read");
  }

  look(path: string, followSymlinks: boolean): Promise<FileStat | undefined> {
    return followSymlinks ? this.#fs.stat(path) : this.#fs.lstat(path);
  }
}

function notAFile(path: string, stat: FileStat | undefined): Error {
  const code = stat === undefined ? "ENOENT" : "EINVAL";
  return Object.assign(new Error(`${code}: ${quote(path)} is no file`), { code });
}

/** Lets timers and events come, which promises alone never do where all files are in memory. */
async function pause(): Promise<void> {
  // An older workerd has none.
  if (typeof MessageChannel === "undefined") return;
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
