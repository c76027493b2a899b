/** Bytes of a buffer: most files fit into one. */
export const BUFFER_BYTES: number = 256 * 1024;

/** So many buffers are kept for the next who needs one. */
const MAX_SPARE = 32;

/** Buffers that are used again: allocating them anew for each file, and collecting them, costs more than filling them. */
export class BufferPool {
  readonly #spare: Uint8Array[] = [];

  /** A buffer with anything in it. */
  acquire(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(BUFFER_BYTES);
  }

  /** Takes buffers back that nobody reads any more. */
  release(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
