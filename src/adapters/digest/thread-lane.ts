import type { DigestRequest, FileDigest } from "../../ports/digest-pool.ts";
import type { Hasher } from "../../ports/hasher.ts";
import { digestFile } from "./digest-file.ts";
import type { DigestFiles } from "./digest-files.ts";
import type { DigestLane } from "./lane.ts";

/** Read at once, in bytes: few enough for the processor's cache, so that what was read is hashed from there. */
const BUFFER_BYTES = 256 * 1024;

/** A file takes as long as so many bytes do, at least. */
const LEAST_BYTES = 64 * 1024;

/** Options of {@link createThreadLane}. */
export interface ThreadLaneOptions {
  /** Where the files are. */
  readonly files: DigestFiles;
  /** Makes the digests. */
  readonly hasher: Hasher;
  /** Lets the thread do whatever else waits, such as hearing that a signal was aborted. */
  readonly pause: () => Promise<void>;
  /** Pauses are this far apart, in bytes that were read; a file counts for 64 KiB at least. */
  readonly pauseBytes: number;
}

/** Reads and hashes in this thread, which, where the files answer at once, does nothing else between two pauses. */
export function createThreadLane(options: ThreadLaneOptions): DigestLane {
  return new ThreadLane(options);
}

class ThreadLane implements DigestLane {
  readonly #options: ThreadLaneOptions;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #tail: Promise<unknown> = Promise.resolve();
  #end: { readonly reason: unknown } | undefined;
  #bytesSincePause = 0;

  constructor(options: ThreadLaneOptions) {
    this.#options = options;
  }

  get isAlive(): boolean {
    return this.#end === undefined;
  }

  digest(requests: readonly DigestRequest[], signal: AbortSignal): Promise<readonly FileDigest[]> {
    const result = this.#tail.then(() => this.#digestAll(requests, signal));
    this.#tail = result.catch(() => {});
    return result;
  }

  async close(reason: unknown): Promise<void> {
    this.#end ??= { reason };
    await this.#tail;
  }

  async #digestAll(requests: readonly DigestRequest[], signal: AbortSignal): Promise<readonly FileDigest[]> {
    const throwIfEnded = (): void => {
      if (this.#end !== undefined) throw this.#end.reason;
      signal.throwIfAborted();
    };
    const digests: FileDigest[] = [];
    for (const request of requests) {
      throwIfEnded();
      digests.push(await this.#digestOne(request, throwIfEnded));
    }
    return digests;
  }

  async #digestOne(request: DigestRequest, throwIfEnded: () => void): Promise<FileDigest> {
    const { files, hasher } = this.#options;
    let fileBytes = 0;
    const afterRead = (sizeBytes: number): void | Promise<void> => {
      fileBytes += sizeBytes;
      return this.#countBytes(sizeBytes);
    };
    const digest = await digestFile(request, { files, hasher, buffer: this.#buffer, throwIfEnded, afterRead });
    await this.#countBytes(Math.max(LEAST_BYTES - fileBytes, 0));
    return digest;
  }

  #countBytes(sizeBytes: number): void | Promise<void> {
    this.#bytesSincePause += sizeBytes;
    if (this.#bytesSincePause < this.#options.pauseBytes) return undefined;
    this.#bytesSincePause = 0;
    return this.#options.pause();
  }
}
