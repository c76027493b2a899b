import type { FileSystem } from "../../ports/file-system.ts";
import {
  type AnyInode,
  type DirectoryInode,
  type FileInode,
  newDirectory,
  newFile,
  setEntry,
  survivingBytes,
} from "./_power-loss-inode.ts";
import type { Chooser } from "./chooser.ts";
import { ProcessFileSystem } from "./power-loss-file-system.ts";

/** What a fault makes of an operation: an error code, or a write that stops half way and says so. */
export type DiskFault = "EIO" | "ENOSPC" | "short";

/** What a process on a {@link PowerLossDisk} goes through at every operation. */
export interface DiskHooks {
  /** Resolves when the operation may happen. */
  readonly step: (operation: string, path: string) => Promise<void>;
  /** The fault to inject, if any. */
  readonly fault?: ((operation: string, path: string) => DiskFault | undefined) | undefined;
  readonly now: () => number;
  /** Whether files can have several names. @default true */
  readonly hardlink?: boolean | undefined;
  /** For writes that others see in pieces, syncs that fail in part, and numbers of files that come back. */
  readonly chooser: Chooser;
}

/** A file system as one process sees it. */
export interface DiskProcess {
  readonly fs: FileSystem;
  /** Ends the process: its files are closed, nothing is lost that it has written. */
  kill(): void;
}

/** Any of that many numbers that came free last may come back first. */
const COMING_BACK = 8;

/**
 * A disk with a cache in front of it. What was written but not synced may be lost in a power failure, wholly or in
 * part, torn at any byte or sector by sector out of order; so may every name of a folder that was not synced,
 * independently of each other. After a sync that failed, bytes are readable and never written. Inode numbers of files
 * that are gone are given away again at once.
 */
export class PowerLossDisk {
  root: DirectoryInode = newDirectory(0, 0);
  /** A file that is removed while it is open gets another name, as file systems in user space do it (libfuse). */
  hidesOpenFiles = false;
  #free: number[] = [];
  #count = 0;

  constructor() {
    // It is nowhere else, and never gone.
    this.root.links = 1;
  }

  /** A view of the disk for one process. */
  attach(hooks: DiskHooks): DiskProcess {
    const fs = new ProcessFileSystem(this, hooks);
    return { fs, kill: () => fs.kill() };
  }

  /** The power fails: one of the disks that may be left, with no process on it. This one stays as it is. */
  crash(chooser: Chooser): PowerLossDisk {
    const left = new PowerLossDisk();
    left.root = left.#survivingDirectory(this.root, chooser, new Map());
    left.root.links = 1;
    return left;
  }

  /** The names in the root folder, in order. */
  names(): readonly string[] {
    return [...this.root.entries.keys()].sort();
  }

  /** What processes see in a file of the root folder; `undefined` when there is none. */
  contentOf(name: string): Uint8Array | undefined {
    const inode = this.root.entries.get(name);
    return inode?.kind === "file" ? inode.cache.slice() : undefined;
  }

  /** All names, sizes and digests of contents: a text that is equal for equal contents, and hardly for others. */
  fingerprint(): string {
    return describe(this.root, "");
  }

  createFile(mode: number, { now, chooser }: DiskHooks): FileInode {
    return newFile(this.#number(chooser), mode, now());
  }

  createDirectory(nowMs: number): DirectoryInode {
    return newDirectory(this.#number(), nowMs);
  }

  /** Gives the number of a file back that has neither a name nor a handle any more. */
  release(inode: AnyInode): void {
    if (inode.links === 0 && inode.handles === 0) this.#free.push(inode.number);
  }

  /** The dullest choice is the number that came free last. */
  #number(chooser?: Chooser): number {
    const free = this.#free.length;
    const back = chooser === undefined || free === 0 ? 0 : chooser.choose(Math.min(free, COMING_BACK));
    const [number] = this.#free.splice(free - 1 - back, 1);
    this.#count += 1;
    return number ?? this.#count;
  }

  #survivingDirectory(directory: DirectoryInode, chooser: Chooser, survivors: Map<AnyInode, AnyInode>): DirectoryInode {
    const left = newDirectory(this.#number(), directory.modifiedMs);
    const names = new Set([...directory.entries.keys(), ...directory.history.keys()]);
    for (const name of [...names].sort()) {
      const history = directory.history.get(name);
      // The newest first, so that the dullest choice is that nothing is lost.
      const inode = history
        ? history[history.length - 1 - chooser.choose(history.length)]
        : directory.entries.get(name);
      if (inode === undefined) continue;
      const survivor = survivors.get(inode) ?? this.#survivor(inode, chooser, survivors);
      survivors.set(inode, survivor);
      setEntry(left, name, survivor);
    }
    left.history.clear();
    return left;
  }

  #survivor(inode: AnyInode, chooser: Chooser, survivors: Map<AnyInode, AnyInode>): AnyInode {
    if (inode.kind === "directory") return this.#survivingDirectory(inode, chooser, survivors);
    const left = newFile(this.#number(), inode.mode, inode.modifiedMs);
    left.disk = survivingBytes(inode, chooser);
    left.cache = left.disk.slice();
    return left;
  }
}

function describe(directory: DirectoryInode, path: string): string {
  return [...directory.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inode]) => {
      if (inode.kind === "directory") return `${path}/${name}/\n${describe(inode, `${path}/${name}`)}`;
      return `${path}/${name} ${inode.cache.byteLength} ${digest(inode.cache)}\n`;
    })
    .join("");
}

/** Two lanes of FNV-1a with different factors: only to tell contents apart. */
function digest(bytes: Uint8Array): string {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    other = Math.imul(other ^ byte, 0x85ebca6b);
  }
  return `${(one >>> 0).toString(36)}:${(other >>> 0).toString(36)}`;
}
