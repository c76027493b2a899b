import type { FileHandle } from "../../ports/file-system.ts";

/** Options of {@link readChunks}. */
export interface ReadChunksOptions {
  /** Size of each of the two buffers, in bytes. @default 1 MiB */
  readonly bufferBytes?: number | undefined;
  /** Stop after so many bytes, even if more are there. @default read to the end */
  readonly maxBytes?: number | undefined;
  /** Looked at before each read; aborted, it makes reading reject with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The default of {@link ReadChunksOptions.bufferBytes}: larger buffers fall out of the processor cache and are slower. */
export const READ_BUFFER_BYTES: number = 1024 * 1024;

/** For {@link ReadChunksOptions.bufferBytes} where a file says that it is empty, and mostly is. */
export const SMALL_BUFFER_BYTES: number = 16 * 1024;

/**
 * The bytes of an open file, in order. The next chunk is read while the caller works on this one, into the other of
 * two buffers: a chunk is valid until the next one is asked for. No read is left running when it ends.
 */
export async function* readChunks(handle: FileHandle, options: ReadChunksOptions = {}): AsyncGenerator<Uint8Array> {
  const { bufferBytes = READ_BUFFER_BYTES, maxBytes = Number.POSITIVE_INFINITY, signal } = options;
  const size = Math.min(bufferBytes, maxBytes);
  let position = 0;
  let filling: Uint8Array = new Uint8Array(size);
  let spare: Uint8Array | undefined;
  let pending = position < maxBytes ? handle.read(filling, position) : undefined;
  try {
    while (pending !== undefined) {
      signal?.throwIfAborted();
      const got = await pending;
      pending = undefined;
      if (got === 0) return;
      position += got;
      const filled = filling.subarray(0, Math.min(got, maxBytes - (position - got)));
      if (position < maxBytes) {
        const next = spare ?? new Uint8Array(size);
        [spare, filling] = [filling, next];
        pending = handle.read(filling, position);
        // Its error is thrown when that chunk is asked for; until then it must not count as one that nobody handles.
        pending.catch(() => undefined);
      }
      yield filled;
    }
  } finally {
    if (pending !== undefined) await Promise.allSettled([pending]);
  }
}
