/** Bytes of a block: most files fit into one. */
export const BLOCK_BYTES: number = 256 * 1024;

/** So many blocks are kept for the next who needs one. */
const MAX_SPARE = 32;

/** Memory that is used again: making it anew for each file, and clearing it away, costs more than filling it. */
export class MemoryBlocks {
  readonly #spare: Uint8Array[] = [];

  /** A block with anything in it. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES);
  }

  /** Takes blocks back that nobody reads any more. */
  give(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) if (this.#spare.length < MAX_SPARE) this.#spare.push(block);
  }
}
