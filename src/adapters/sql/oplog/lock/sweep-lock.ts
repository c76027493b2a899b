import { baseName, parentPath } from "../../../../core/path.ts";
import { isCatalogError } from "../../../../errors.ts";
import type { DirectoryEntry, FileSystem } from "../../../../ports/file-system.ts";
import type { LifeSigns } from "../../../../ports/process.ts";
import type { HolderJudge } from "./holder-judge.ts";
import { claimPath, signPath, unlinkIfThere } from "./lock-file.ts";
import type { LockHolder } from "./lock-holder.ts";
import { readLock } from "./read-lock.ts";

/** What {@link sweepLock} works with. */
export interface SweepOptions {
  /** Where the files of the lock are. */
  readonly fs: FileSystem;
  /** The path of the lock. */
  readonly lock: string;
  /** Tells whose they are that can go. */
  readonly judge: HolderJudge;
  /** Tells whether those live who show signs; `undefined` where there are none. */
  readonly lifeSigns: LifeSigns | undefined;
  /** The nonce of the lock that is held. */
  readonly own: string | undefined;
}

/** Removes what dead processes left of their locks; other files stay, whatever they are called. */
export async function sweepLock(options: SweepOptions): Promise<void> {
  for await (const path of findLeft(options)) await unlinkIfThere(options.fs, path);
}

/**
 * The paths of what dead processes left of their locks. A sign of life is told behind its claim if that was removed by
 * then.
 */
export async function* findLeft(options: SweepOptions): AsyncGenerator<string, void, undefined> {
  for await (const page of options.fs.list(parentPath(options.lock))) {
    for (const entry of page) yield* findLeftEntry(options, entry);
  }
}

async function* findLeftEntry(
  options: SweepOptions,
  { name, kind }: DirectoryEntry,
): AsyncGenerator<string, void, undefined> {
  const { lock, own } = options;
  const start = `${baseName(lock)}.`;
  const [, nonce, ending] = /^([0-9a-f]{32})(\.dead|\.alive)?$/.exec(name.slice(start.length)) ?? [];
  if (nonce === undefined || !name.startsWith(start) || nonce === own) return;
  const path = `${claimPath(lock, nonce)}${ending ?? ""}`;
  if (ending === ".alive") yield* findLeftSign(options, nonce);
  else if (kind === "file" && (await isLeft(options, path))) {
    yield path;
    if (ending === undefined) yield* findLeftSign(options, nonce);
  }
}

/** A sign that belongs to no claim and no lock, of somebody who is gone: who makes one shows it before. */
async function* findLeftSign(
  { fs, lock, lifeSigns }: SweepOptions,
  nonce: string,
): AsyncGenerator<string, void, undefined> {
  if ((await fs.lstat(claimPath(lock, nonce))) !== undefined || (await readOurs(fs, lock))?.nonce === nonce) return;
  const path = signPath(lock, nonce);
  if ((await lifeSigns?.isGone(path)) === true) yield path;
}

/** Whether nobody needs a claim, or a lock that was moved aside, any more. */
async function isLeft({ fs, lock, judge }: SweepOptions, path: string): Promise<boolean> {
  const holder = await readOurs(fs, path);
  if (holder === undefined) return false;
  // A claim in which nothing stands yet may be one in the making: whoever makes it makes another then.
  if (holder.nonce === "" || (await judge.isDead(holder))) return true;
  return path.endsWith(".dead") && (await fs.lstat(claimPath(lock, holder.nonce))) === undefined;
}

/** What stands in a lock or claim; what is none stays, whatever it is. */
async function readOurs(fs: FileSystem, path: string): Promise<LockHolder | undefined> {
  try {
    return await readLock(fs, path);
  } catch (error) {
    if (isCatalogError(error, "REFUSED")) return undefined;
    throw error;
  }
}
