import type { Sha256 } from "../core/sha256.ts";

/** One SHA-256 in the making. Use it for one digest; after `digest` it is spent. */
export interface HashStream {
  /** Takes the next bytes; the buffer may be reused as soon as the result, if it is a promise, has resolved. */
  update(bytes: Uint8Array): void | Promise<void>;
  /** The digest of all bytes that were taken. */
  digest(): Sha256 | Promise<Sha256>;
}

/** A SHA-256 implementation (FIPS 180-4). Any number of streams may be in the making at once. */
export interface Hasher {
  /** For people and `stats`, like `wasm` or `native`. */
  readonly name: string;
  /** Begins a digest. */
  create(): HashStream | Promise<HashStream>;
}
