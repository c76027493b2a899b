import type { Chooser } from "./chooser.ts";

/** Bytes of a file from `start` up to, not including, `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** What everything on a {@link PowerLossDisk} has in common. */
interface Inode {
  readonly number: number;
  mode: number;
  modifiedMs: number;
  links: number;
  handles: number;
  /** How often a sync has failed; each handle that was open then hears of it once. */
  failedSyncs: number;
}

/** A file: what processes see, and what is on the platter. */
export interface FileInode extends Inode {
  readonly kind: "file";
  cache: Uint8Array;
  disk: Uint8Array;
  dirty: Range[];
  /** A write is under way; others wait. */
  writing: boolean;
}

/** A folder: the names processes see, and for each name what it stood for since the last sync, oldest first. */
export interface DirectoryInode extends Inode {
  readonly kind: "directory";
  readonly entries: Map<string, AnyInode>;
  readonly history: Map<string, (AnyInode | undefined)[]>;
}

/** Whatever has a name. */
export type AnyInode = FileInode | DirectoryInode;

/** Small, so that short frames tear inside too; larger for what is long and only takes space. */
const SECTOR_BYTES = 16;
const MAX_SECTORS = 512;

/** An empty file. */
export function newFile(number: number, mode: number, nowMs: number): FileInode {
  const common = { number, mode, modifiedMs: nowMs, links: 0, handles: 0, failedSyncs: 0 };
  return { kind: "file", ...common, cache: new Uint8Array(0), disk: new Uint8Array(0), dirty: [], writing: false };
}

/** An empty folder. */
export function newDirectory(number: number, nowMs: number): DirectoryInode {
  const common = { number, mode: 0o755, modifiedMs: nowMs, links: 0, handles: 0, failedSyncs: 0 };
  return { kind: "directory", ...common, entries: new Map(), history: new Map() };
}

/** Gives a name to something, or takes it away; the names that were remain possible outcomes. */
export function setEntry(directory: DirectoryInode, name: string, inode: AnyInode | undefined): void {
  const before = directory.entries.get(name);
  const history = directory.history.get(name) ?? [before];
  history.push(inode);
  directory.history.set(name, history);
  if (before !== undefined) before.links -= 1;
  if (inode === undefined) directory.entries.delete(name);
  else {
    directory.entries.set(name, inode);
    inode.links += 1;
  }
}

/** From now on the names are what they are. */
export function syncDirectory(directory: DirectoryInode): void {
  directory.history.clear();
}

/** Changes what processes see. */
export function writeBytes(file: FileInode, start: number, bytes: Uint8Array): void {
  const end = start + bytes.byteLength;
  if (end > file.cache.byteLength) {
    const grown = new Uint8Array(end);
    grown.set(file.cache);
    file.cache = grown;
  }
  file.cache.set(bytes, start);
  if (end > start) file.dirty.push({ start, end });
}

/** Brings to the platter what was written since the last sync. */
export function syncFile(file: FileInode): void {
  for (const range of file.dirty) persist(file, range);
  file.dirty = [];
  resizeDisk(file, file.cache.byteLength);
}

/** Some of what was to be written is; the rest stays readable and is never written. */
export function failSync(file: FileInode, chooser: Chooser): void {
  for (const range of file.dirty) if (chooser.choose(2) === 1) persist(file, range);
  file.dirty = [];
  file.failedSyncs += 1;
}

/** What a power failure may leave of a file. */
export function survivingBytes(inode: FileInode, chooser: Chooser): Uint8Array {
  const file = { ...inode, disk: inode.disk.slice() };
  switch (file.dirty.length === 0 ? 0 : chooser.choose(5)) {
    case 0:
      return file.disk.slice();
    case 1:
      syncFile(file);
      return file.disk.slice();
    case 2:
      return tornInOrder(file, chooser);
    case 3:
      return someWrites(file, chooser);
    default:
      return tornBySector(file, chooser);
  }
}

function tornInOrder(file: FileInode, chooser: Chooser): Uint8Array {
  const last = file.dirty.at(-1) as Range;
  const first = file.dirty[0] as Range;
  const cut = first.start + chooser.choose(last.end - first.start + 1);
  for (const { start, end } of file.dirty) if (start < cut) persist(file, { start, end: Math.min(end, cut) });
  return file.disk.slice();
}

/** Each write is there wholly or not at all, whatever became of those before it. */
function someWrites(file: FileInode, chooser: Chooser): Uint8Array {
  for (const range of file.dirty) if (chooser.choose(2) === 0) persist(file, range);
  return file.disk.slice();
}

function tornBySector(file: FileInode, chooser: Chooser): Uint8Array {
  const { byteLength } = file.cache;
  const sizes = [byteLength, file.disk.byteLength + chooser.choose(byteLength - file.disk.byteLength + 1)];
  for (const range of file.dirty) {
    const sector = SECTOR_BYTES * Math.ceil((range.end - range.start) / (SECTOR_BYTES * MAX_SECTORS));
    for (let start = range.start; start < range.end; ) {
      const end = Math.min(range.end, (Math.floor(start / sector) + 1) * sector);
      const fate = chooser.choose(8);
      if (fate < 5) persist(file, { start, end });
      else if (fate === 7) fillWithGarbage(file, { start, end });
      start = end;
    }
  }
  return resized(file.disk, sizes[chooser.choose(2)] as number);
}

function persist(file: FileInode, { start, end }: Range): void {
  ensure(file, end);
  file.disk.set(file.cache.subarray(start, end), start);
}

/** What a block held before it belonged to this file. */
function fillWithGarbage(file: FileInode, { start, end }: Range): void {
  ensure(file, end);
  file.disk.fill(0xa5, start, end);
}

function ensure(file: FileInode, size: number): void {
  if (size > file.disk.byteLength) resizeDisk(file, size);
}

function resizeDisk(file: FileInode, size: number): void {
  file.disk = resized(file.disk, size);
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  result.set(bytes.subarray(0, Math.min(size, bytes.byteLength)));
  return result;
}
