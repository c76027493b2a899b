import type { BlobStore, BlobWriter, StagedBlob, StageOptions } from "../../ports/blob-store.ts";
import { BUFFER_BYTES, type BufferPool } from "./buffer-pool.ts";

/** So many bytes wait in memory until it is known that the store has not got them; more go to the device at once. */
export const MEMORY_BYTES: number = 1024 * 1024;

/** Bytes that wait for their place. What turns out to be stored already is never made durable a second time. */
export interface Staging {
  /** They are another name of a file that somebody else has. */
  readonly shared: boolean;
  /** The bytes, durable on the device of the store. Calling it again gives the same. */
  finish(): Promise<StagedBlob>;
  /** Throws them away. After they got their place it removes what is left of the staging. */
  drop(): Promise<void>;
}

/** Bytes that are on the device of the store. */
export function stagedAlready(store: BlobStore, staged: StagedBlob): Staging {
  return {
    shared: staged.shared,
    finish: async () => staged,
    drop: () => store.dropStaged(staged),
  };
}

/** Takes bytes in: the first into memory, and when they get many all of them to the device, not yet durable. */
export class IncomingBytes implements Staging {
  readonly shared = false;
  readonly #store: BlobStore;
  readonly #pool: BufferPool;
  readonly #options: StageOptions;
  #buffers: Uint8Array[] = [];
  #sizeBytes = 0;
  #spilled: Promise<BlobWriter> | undefined;
  #finished: Promise<StagedBlob> | undefined;

  /** Bytes stay in `buffers` while they are few. */
  constructor(store: BlobStore, { buffers, ...options }: StageOptions & { readonly buffers: BufferPool }) {
    this.#store = store;
    this.#pool = buffers;
    this.#options = options;
  }

  /** Takes a copy of the chunk; resolves when the next one may come. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#spilled === undefined && this.#sizeBytes + chunk.byteLength <= MEMORY_BYTES) return this.#buffer(chunk);
    const writer = await this.#spill();
    this.#sizeBytes += chunk.byteLength;
    await writer.write(chunk);
  }

  finish(): Promise<StagedBlob> {
    this.#finished ??= this.#spill().then((writer) => writer.finish());
    return this.#finished;
  }

  async drop(): Promise<void> {
    const [finished, spilled] = await Promise.allSettled([this.#finished, this.#spilled]);
    if (finished.status === "fulfilled" && finished.value !== undefined) return this.#store.dropStaged(finished.value);
    // What failed to write them may still look at them.
    if (this.#spilled === undefined) this.#freeBuffers();
    if (spilled.status === "fulfilled") await spilled.value?.drop();
  }

  /** Whoever gave a chunk may use it again, so its bytes are copied. */
  #buffer(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.byteLength; ) {
      const at = this.#sizeBytes % BUFFER_BYTES;
      if (at === 0) this.#buffers.push(this.#pool.acquire());
      const part = chunk.subarray(taken, taken + BUFFER_BYTES - at);
      this.#buffers.at(-1)?.set(part, at);
      this.#sizeBytes += part.byteLength;
      taken += part.byteLength;
    }
  }

  #freeBuffers(): void {
    this.#pool.release(this.#buffers);
    this.#buffers = [];
  }

  /** Brings what is in memory to the device, once. */
  #spill(): Promise<BlobWriter> {
    this.#spilled ??= this.#writeBuffers();
    return this.#spilled;
  }

  async #writeBuffers(): Promise<BlobWriter> {
    let left = this.#sizeBytes;
    const writer = await this.#store.stage(this.#options);
    try {
      for (const buffer of this.#buffers) {
        await writer.write(buffer.subarray(0, left));
        left -= buffer.byteLength;
      }
    } catch (error) {
      await Promise.allSettled([writer.drop()]);
      throw error;
    }
    this.#freeBuffers();
    return writer;
  }
}
