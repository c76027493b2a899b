import type { BlobStore, BlobWriter, StagedBlob } from "../../ports/blob-store.ts";

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
  readonly #readOnly: boolean;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #writer: BlobWriter | undefined;
  #finished: Promise<StagedBlob> | undefined;

  /** `readOnly` says how they will be placed. */
  constructor(store: BlobStore, { readOnly }: { readonly readOnly: boolean }) {
    this.#store = store;
    this.#readOnly = readOnly;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#sizeBytes += chunk.byteLength;
    if (this.#writer !== undefined) return this.#writer.write(chunk);
    if (this.#sizeBytes > MEMORY_BYTES) return (await this.#spill()).write(chunk);
    // Whoever gave it may use it again.
    this.#chunks.push(chunk.slice());
  }

  finish(): Promise<StagedBlob> {
    this.#finished ??= this.#spill().then((writer) => writer.finish());
    return this.#finished;
  }

  async drop(): Promise<void> {
    this.#chunks = [];
    const [finished] = await Promise.allSettled([this.#finished]);
    if (finished.status === "fulfilled" && finished.value !== undefined) return this.#store.dropStaged(finished.value);
    await this.#writer?.drop();
  }

  /** Brings what is in memory to the device. */
  async #spill(): Promise<BlobWriter> {
    if (this.#writer !== undefined) return this.#writer;
    const bytes = joined(this.#chunks);
    this.#chunks = [];
    this.#writer = await this.#store.stage({ readOnly: this.#readOnly });
    if (bytes.byteLength > 0) await this.#writer.write(bytes);
    return this.#writer;
  }
}

/** One call that writes all costs less than one for each. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const whole = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
