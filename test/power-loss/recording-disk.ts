/** The piece that a device writes whole or not at all. */
const PIECE_BYTES = 4096;

type Request =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Uint8Array; readonly through: boolean }
  | { readonly kind: "flush" };

/** Bytes that are written to a device at an offset. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The content of a disk with a cache that forgets, and everything that was asked of it in order, so that any moment can
 * be made the one at which the power fails.
 */
export class RecordingDisk {
  readonly #content: Uint8Array;
  readonly #requests: Request[] = [];
  #powered = true;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  get sizeBytes(): number {
    return this.#content.byteLength;
  }

  /** How many requests there were: the present moment. */
  get moment(): number {
    return this.#requests.length;
  }

  /** Whether it answers. */
  get powered(): boolean {
    return this.#powered;
  }

  /** From now on it answers nothing. */
  cutPower(): void {
    this.#powered = false;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#content.subarray(offset, offset + length);
  }

  /** `through` writes past the cache. The bytes are the disk's from now on. */
  write(offset: number, bytes: Uint8Array, through: boolean): void {
    this.#content.set(bytes, offset);
    this.#requests.push({ kind: "write", offset, bytes, through });
  }

  flush(): void {
    this.#requests.push({ kind: "flush" });
  }

  /** The first moment at which everything that was asked before `moment` was on the device for sure, as far as known. */
  flushedBefore(moment: number): number {
    const before = this.#requests.slice(0, moment);
    return before.findLastIndex(({ kind }) => kind === "flush") + 1;
  }

  /** What was written between two moments, in order. */
  writesBetween(from: number, to: number): readonly Piece[] {
    return this.#requests.slice(from, to).filter((request) => request.kind === "write");
  }

  /**
   * What of the cache's content survives a failure at a moment: each piece as `keeps` says, those written through in
   * any case.
   */
  survivors(moment: number, keeps: () => boolean): readonly Piece[] {
    const pieces: Piece[] = [];
    for (const request of this.#requests.slice(this.flushedBefore(moment), moment)) {
      if (request.kind !== "write") continue;
      for (const piece of split(request)) if (request.through || keeps()) pieces.push(piece);
    }
    return pieces;
  }
}

/** Cuts a write where the pieces of the device begin. */
function split({ offset, bytes }: Piece): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const end = Math.min(bytes.byteLength, at + PIECE_BYTES - ((offset + at) % PIECE_BYTES));
    pieces.push({ offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}
