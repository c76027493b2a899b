import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Hashers } from "../context.ts";
import { readAll } from "../placing/stage-content.ts";

/** What two blobs are that were read beside each other. */
export interface ReadBoth {
  /** All bytes of both are the same. */
  readonly isSame: boolean;
  /** Of the first of them; `null` where they are not the same, as it was not read to its end. */
  readonly sha256: Sha256 | null;
}

/** Reads two blobs side by side, and compares all their bytes; `undefined` when one of them is gone. */
export async function readBoth(
  context: { readonly store: BlobStore; readonly hashers: Hashers; readonly signal?: AbortSignal | undefined },
  one: BlobKey,
  other: BlobKey,
): Promise<ReadBoth | undefined> {
  const { store, hashers, signal } = context;
  const first = await store.open(one);
  if (first === undefined) return undefined;
  const second = await openOrCancel(store, other, first);
  if (second === undefined) return undefined;
  const [firsts, seconds] = [new Pieces(readAll(first)), new Pieces(readAll(second))];
  try {
    const hash = await (hashers.large ?? hashers.core).create();
    for (;;) {
      signal?.throwIfAborted();
      const [left, right] = await Promise.all([firsts.peek(), seconds.peek()]);
      if (left === undefined || right === undefined) {
        return left === right ? { isSame: true, sha256: await hash.digest() } : OTHERS;
      }
      const length = Math.min(left.byteLength, right.byteLength);
      const [mine, theirs] = [firsts.take(length), seconds.take(length)];
      if (!isEqual(mine, theirs)) return OTHERS;
      await hash.update(mine);
    }
  } finally {
    await Promise.allSettled([firsts.end(), seconds.end()]);
  }
}

const OTHERS: ReadBoth = { isSame: false, sha256: null };

async function openOrCancel(
  store: BlobStore,
  key: BlobKey,
  first: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array> | undefined> {
  let second: ReadableStream<Uint8Array> | undefined;
  try {
    second = await store.open(key);
    return second;
  } finally {
    if (second === undefined) await first.cancel();
  }
}

/** What comes in pieces of any size, to be taken in pieces of any other. */
class Pieces {
  readonly #source: AsyncGenerator<Uint8Array, void, undefined>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncGenerator<Uint8Array, void, undefined>) {
    this.#source = source;
  }

  /** Bytes that come next, at least one; `undefined` at the end. */
  async peek(): Promise<Uint8Array | undefined> {
    while (this.#left.byteLength === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#left = value;
    }
    return this.#left;
  }

  /** So many of those that {@link peek} gave. */
  take(length: number): Uint8Array {
    const taken = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(length);
    return taken;
  }

  async end(): Promise<void> {
    await this.#source.return();
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, index) => byte === other[index]);
}
