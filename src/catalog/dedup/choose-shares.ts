import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { BlobStat } from "../../ports/blob-store.ts";

/** A file below the root, with the names that rows have for it. */
export interface StoredFile {
  /** What the store knows about it. */
  readonly stat: BlobStat;
  /** The first of its names. */
  readonly first: StoredName;
  /** All its names, by key. */
  readonly names: readonly StoredName[];
}

/** One name of a file. */
export interface StoredName {
  /** Below the root. */
  readonly key: BlobKey;
  /** As the store writes it. */
  readonly uri: StorageUri;
  /** This catalog put the bytes there. */
  readonly isPlaced: boolean;
}

/** A name that gets the bytes of another file. */
export interface Share {
  /** The file that has it. */
  readonly file: StoredFile;
  /** The name. */
  readonly name: StoredName;
  /** A name of the file whose bytes it gets. */
  readonly from: StoredName;
}

/** Devices have limits; that of ext4 is 65,000 names of one file. */
const MAX_LINKS = 60_000;

/**
 * Of files with the same bytes, which names get the bytes of which: all those of the file with most names. Two files that
 * were put there by us, with one owner and mode, can be one file. Any other is at most cloned, and only if it has no
 * other name, which would be another file then.
 */
export function chooseShares(
  files: readonly StoredFile[],
  { mayClone }: { readonly mayClone: boolean },
): { readonly shares: readonly Share[]; readonly apart: number } {
  const sorted = files.toSorted(compareFiles);
  const kept = new Map<string, { readonly name: StoredName; links: number }>();
  const shares: Share[] = [];
  let apart = 0;
  const [most] = sorted;
  for (const file of sorted) {
    const { first: name, names, stat } = file;
    const isOurs = names.every(({ isPlaced }) => isPlaced);
    const other = isOurs ? kept.get(kindOf(stat)) : undefined;
    if (other !== undefined && other.links + names.length <= MAX_LINKS) {
      other.links += names.length;
      shares.push(...names.map((each) => ({ file, name: each, from: other.name })));
      continue;
    }
    if (isOurs) kept.set(kindOf(stat), { name, links: linksOf(file) });
    if (most === undefined || file === most) continue;
    if (mayClone && stat.links === 1) shares.push({ file, name, from: most.first });
    else if (other === undefined) apart += names.length;
  }
  return { shares, apart };
}

/** What two files must have in common to become one. */
function kindOf({ mode, owner }: BlobStat): string {
  return `${owner?.userId}:${owner?.groupId}:${mode}`;
}

/** Whether two files may become one. */
export function isOneKind(one: BlobStat, other: BlobStat): boolean {
  return kindOf(one) === kindOf(other);
}

/** Whether somebody else than its owner may write to a file. */
export function isWritableByOthers({ mode = 0 }: BlobStat): boolean {
  return (mode & 0o022) !== 0;
}

function linksOf({ stat: { links = 1 } }: StoredFile): number {
  return links;
}

function compareFiles(one: StoredFile, other: StoredFile): number {
  const byLinks = linksOf(other) - linksOf(one) || other.names.length - one.names.length;
  return byLinks || (one.first.key < other.first.key ? -1 : 1);
}
