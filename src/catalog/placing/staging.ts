import type { BlobStore, BlobWriter, StagedBlob } from "../../ports/blob-store.ts";
import { BLOCK_BYTES, type MemoryBlocks } from "./memory-blocks.ts";

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
  readonly #memory: MemoryBlocks;
  readonly #readOnly: boolean;
  #blocks: Uint8Array[] = [];
  #sizeBytes = 0;
  #spilled: Promise<BlobWriter> | undefined;
  #finished: Promise<StagedBlob> | undefined;

  /** `readOnly` says how they will be placed. */
  constructor(store: BlobStore, { memory, readOnly }: { readonly memory: MemoryBlocks; readonly readOnly: boolean }) {
    this.#store = store;
    this.#memory = memory;
    this.#readOnly = readOnly;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#spilled === undefined && this.#sizeBytes + chunk.byteLength <= MEMORY_BYTES) return this.#remember(chunk);
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
    if (this.#spilled === undefined) this.#forget();
    if (spilled.status === "fulfilled") await spilled.value?.drop();
  }

  /** Whoever gave a chunk may use it again, so its bytes are copied. */
  #remember(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.byteLength; ) {
      const at = this.#sizeBytes % BLOCK_BYTES;
      if (at === 0) this.#blocks.push(this.#memory.take());
      const part = chunk.subarray(taken, taken + BLOCK_BYTES - at);
      this.#blocks.at(-1)?.set(part, at);
      this.#sizeBytes += part.byteLength;
      taken += part.byteLength;
    }
  }

  #forget(): void {
    this.#memory.give(this.#blocks);
    this.#blocks = [];
  }

  /** Brings what is in memory to the device, once. */
  #spill(): Promise<BlobWriter> {
    this.#spilled ??= this.#writeBlocks();
    return this.#spilled;
  }

  async #writeBlocks(): Promise<BlobWriter> {
    let left = this.#sizeBytes;
    const writer = await this.#store.stage({ readOnly: this.#readOnly });
    try {
      for (const block of this.#blocks) {
        await writer.write(block.subarray(0, left));
        left -= block.byteLength;
      }
    } catch (error) {
      await Promise.allSettled([writer.drop()]);
      throw error;
    }
    this.#forget();
    return writer;
  }
}
