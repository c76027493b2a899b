import type { Sha256 } from "../core/sha256.ts";
import type { FileKind } from "./file-system.ts";

/** One file whose digest is wanted. */
export interface DigestRequest {
  /** Absolute, with "/" between names. */
  readonly path: string;
  /** What a symlink at the last name leads to is read; where not, that is {@link FileDigest} `other`. */
  readonly followSymlinks: boolean;
  /** About how large it is, in bytes; files are dealt out to threads by it. */
  readonly sizeBytes: number;
}

/**
 * What became of one:
 * - `read`: all bytes were read between two looks, one at the open file and one at its name, which gave the same file,
 *   size and time
 * - `changing`: they did not, twice
 * - `gone`: nothing has the name
 * - `other`: it is no regular file
 * - `failed`: the system refused, or failed
 */
export type FileDigest =
  | {
      readonly kind: "read";
      /** Of all bytes. */
      readonly sha256: Sha256;
      /** How many they were. */
      readonly sizeBytes: number;
      /** When it was last changed, in milliseconds since 1970. */
      readonly modifiedMs: number;
      /** Which file it was, as `FileStat.identity` tells files apart. */
      readonly identity: string;
      /** How many names it had; `undefined` where that is not known. */
      readonly links?: number | undefined;
    }
  | { readonly kind: "changing" }
  | { readonly kind: "gone" }
  | {
      readonly kind: "other";
      /** What it is. */
      readonly what: FileKind;
    }
  | {
      readonly kind: "failed";
      /** The POSIX name of what went wrong, like `EACCES` or `EIO`. */
      readonly code: string;
      /** For people. */
      readonly message: string;
    };

/** Options of {@link DigestPool.digest}. */
export interface DigestOptions {
  /** Rejects with its reason; what is read at that moment is read on for a moment, and forgotten. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads and hashes many files of the machine beside the thread that asks. */
export interface DigestPool {
  /** How it works: in threads of its own, or, where none starts or none is left, in the thread that asks. */
  readonly how: "workers" | "in_thread";
  /** How many files are read at once at most. */
  readonly size: number;
  /**
   * The digests of files, in the order of the requests. Never rejects for what one file is or does.
   * @throws {CatalogError} BACKEND when a thread ended by itself that read some of them; CLOSED after {@link close}
   */
  digest(requests: readonly DigestRequest[], options?: DigestOptions): Promise<readonly FileDigest[]>;
  /** Ends its threads; what is under way rejects. Closing twice is safe. */
  close(): Promise<void>;
}
