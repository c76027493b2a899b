import type { Sha256 } from "../../../core/sha256.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { DigestPool } from "../../../ports/digest-pool.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { CallOptions } from "../../call-options.ts";
import { type Found, foundByDigest } from "./found.ts";
import { KnownFiles } from "./known-files.ts";

/** A file that is to be read. */
export interface FileToRead {
  /** Its path. */
  readonly path: string;
  /** What a symlink in its place leads to is read. */
  readonly followSymlinks: boolean;
  /** The hash on record. */
  readonly expected: Sha256 | null;
  /** The size on record; 0 where that is not known. */
  readonly sizeBytes: number;
}

/** A file that was to be read. */
export interface ReadFile {
  /** What is there. */
  readonly found: Found;
  /** How many bytes were read for it: none for a further name of a file. */
  readonly bytesRead: number;
}

/** Reads files of one run, and each only once, however many names it has: names of one file have one hash on record. */
export class FileReads {
  readonly #fs: FileSystem;
  readonly #digests: DigestPool;
  readonly #known = new KnownFiles();
  /** What is being read, by the hash on record. */
  readonly #reading = new Map<Sha256, Promise<unknown>>();

  /** Reads nothing yet. */
  constructor({ fs, digests }: { readonly fs: FileSystem; readonly digests: DigestPool }) {
    this.#fs = fs;
    this.#digests = digests;
  }

  /** Reads files; a file whose hash is on record of another one waits until that is read. */
  async read<File extends FileToRead>(
    files: readonly File[],
    options: CallOptions = {},
  ): Promise<ReadonlyMap<File, ReadFile>> {
    const [first, later] = this.#divide(files);
    const before = later.flatMap(({ expected }) => (expected && this.#reading.get(expected)) ?? []);
    const read = await this.#readAtOnce(first, options);
    if (later.length === 0) return read;
    await Promise.allSettled(before);
    return new Map([...read, ...(await this.#readTwins(later, options))]);
  }

  /** Those that can be read at once, and those that may be names of the same files, or of what was read before. */
  #divide<File extends FileToRead>(files: readonly File[]): readonly [File[], File[]] {
    const first: File[] = [];
    const later: File[] = [];
    const hashes = new Set<Sha256>();
    for (const file of files) {
      const { expected } = file;
      if (expected === null) {
        first.push(file);
        continue;
      }
      const mayBeTwin = hashes.has(expected) || this.#reading.has(expected) || this.#known.mayKnow(expected);
      (mayBeTwin ? later : first).push(file);
      hashes.add(expected);
    }
    return [first, later];
  }

  async #readAtOnce<File extends FileToRead>(
    files: readonly File[],
    options: CallOptions,
  ): Promise<Map<File, ReadFile>> {
    const read = new Map<File, ReadFile>();
    if (files.length === 0) return read;
    const reading = this.#digests.digest(files, options);
    for (const { expected } of files) if (expected !== null) this.#reading.set(expected, reading);
    try {
      const digests = await reading;
      for (const [index, file] of files.entries()) {
        read.set(file, this.#note(file, foundByDigest(digests[index] ?? { kind: "gone" }, file.path)));
      }
      return read;
    } finally {
      for (const { expected } of files) {
        if (expected !== null && this.#reading.get(expected) === reading) this.#reading.delete(expected);
      }
    }
  }

  #note({ expected }: FileToRead, found: Found): ReadFile {
    if (found.kind !== "read") return { found, bytesRead: 0 };
    if (expected !== null) this.#known.add(found.stat, { sha256: found.sha256, expected });
    return { found, bytesRead: found.stat.sizeBytes };
  }

  /** Looks at files first, and reads those that were not read under another name. */
  async #readTwins<File extends FileToRead>(
    files: readonly File[],
    options: CallOptions,
  ): Promise<Map<File, ReadFile>> {
    const stats = new Map<File, BlobStat>();
    const unread: File[] = [];
    const again: File[] = [];
    const identities = new Set<string>();
    for (const file of files) {
      const stat = await this.#stat(file);
      if (stat !== undefined) stats.set(file, stat);
      if (stat === undefined || !identities.has(stat.identity)) unread.push(file);
      else again.push(file);
      if (stat !== undefined) identities.add(stat.identity);
    }
    const read = new Map<File, ReadFile>();
    const takeKnown = (file: File): boolean => {
      const stat = stats.get(file);
      const sha256 = stat && this.#known.find(stat);
      if (stat === undefined || sha256 === undefined) return false;
      read.set(file, { found: { kind: "read", sha256, stat }, bytesRead: 0 });
      return true;
    };
    for (const some of [unread, again]) {
      const others = some.filter((file) => !takeKnown(file));
      for (const [file, found] of await this.#readAtOnce(others, options)) read.set(file, found);
    }
    return read;
  }

  /** What is at a path now, if it is a file; whoever reads it tells what is wrong otherwise. */
  async #stat({ path, followSymlinks }: FileToRead): Promise<BlobStat | undefined> {
    try {
      const stat = await (followSymlinks ? this.#fs.stat(path) : this.#fs.lstat(path));
      return stat?.kind === "file" ? stat : undefined;
    } catch {
      return undefined;
    }
  }
}
