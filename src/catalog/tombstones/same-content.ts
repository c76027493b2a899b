import type { DocumentKey } from "../../core/document.ts";
import { compareBytes } from "../../core/outcome.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import { textOf } from "../find/find-by-keys.ts";
import type { Tombstone } from "./tombstone.ts";

/** Bytes that a run comes by. */
export interface OfferedContent {
  /** Under which they would be registered. */
  readonly key: DocumentKey;
  /** The real path of the file; `undefined` where there is none. */
  readonly path: string | undefined;
  /** How many they are. */
  readonly bytes: number;
  /** What they hash to, or `null` where that is not known. */
  readonly sha256: Sha256 | null;
  /** Hashes them, if they can be read. @default they are not to be read */
  readonly hash?: (() => Promise<Sha256 | undefined>) | undefined;
  /** When the file was written to last, in milliseconds since 1970. @default nobody looks at it */
  readonly modifiedMs?: (() => Promise<number | undefined>) | undefined;
}

/** Those tombstones that are about just these bytes. */
export async function findSameContent(
  tombstones: readonly Tombstone[],
  offered: OfferedContent,
): Promise<readonly Tombstone[]> {
  const ofSize = tombstones.filter(({ bytes }) => bytes === offered.bytes);
  const isHashed = offered.sha256 !== null || ofSize.every(({ sha256 }) => sha256 === null);
  const sha256 = isHashed ? offered.sha256 : ((await offered.hash?.()) ?? null);
  const same: Tombstone[] = [];
  for (const each of ofSize) if (await isSame(each, { ...offered, sha256 })) same.push(each);
  return same;
}

/**
 * By their hashes. Where one is not on record, and cannot be computed, all that both sides know has to agree: the size, the
 * path, and that the file was not written to since, or, where nobody looks at it, the key.
 */
async function isSame(tombstone: Tombstone, offered: OfferedContent): Promise<boolean> {
  const comparison = compareBytes(tombstone, offered);
  if (comparison !== "unknown") return comparison === "same";
  const { key, path, modifiedMs } = offered;
  if (path === undefined || !tombstone.paths.includes(path)) return false;
  const writtenMs = await modifiedMs?.();
  return writtenMs === undefined ? textOf(tombstone) === textOf(key) : writtenMs <= timeOf(tombstone.removedAt);
}

function timeOf(timestamp: Timestamp): number {
  return Date.parse(timestamp);
}
