import type { SqlDamage } from "../../../../ports/sql.ts";
import type { Lock } from "../lock/writer-lock.ts";
import { privateDirectory } from "../protocol/catalog-files.ts";
import { listPrivateDirectories } from "../protocol/private-directory.ts";
import type { StoreParts } from "../protocol/store.ts";

/** A private directory that is older belongs to nobody, whoever holds the lock. In milliseconds: a day. */
const LONG_MS = 86_400_000;

/** What dead processes left beside a catalog: locks and claims, and directories of attempts that never ended. */
export async function findLeftFiles(parts: StoreParts, lock: Lock): Promise<readonly SqlDamage[]> {
  const { fs } = parts;
  const left: SqlDamage[] = [];
  for (const path of await lock.listLeft()) {
    const stat = await fs.lstat(path);
    if (stat !== undefined) left.push(describeLeft(path, "a lock", stat.sizeBytes));
  }
  for (const path of await findLeftDirectories(parts, lock)) {
    left.push(describeLeft(path, "a private directory", await sizeOf(parts, path)));
  }
  return left;
}

function describeLeft(path: string, what: string, bytes: number): SqlDamage {
  return { kind: "leftover", message: `${what} of a process that is gone`, path, bytes };
}

/** Who has one holds the lock: what was there before it was seen free, and is there still, was left. */
async function findLeftDirectories(parts: StoreParts, lock: Lock): Promise<readonly string[]> {
  const before = await listPrivateDirectories(parts);
  if (before.length === 0) return [];
  const isTaken = await lock.isTaken();
  const since = parts.clock.now() - LONG_MS;
  const left: string[] = [];
  for (const nonce of before) {
    const path = privateDirectory(parts.files, nonce);
    const stat = await parts.fs.lstat(path);
    if (stat !== undefined && (!isTaken || stat.modifiedMs < since)) left.push(path);
  }
  return left;
}

async function sizeOf({ fs }: StoreParts, folder: string): Promise<number> {
  let bytes = 0;
  for await (const page of fs.list(folder)) {
    for (const { name, kind } of page) {
      if (kind === "file") bytes += (await fs.lstat(`${folder}/${name}`))?.sizeBytes ?? 0;
    }
  }
  return bytes;
}
