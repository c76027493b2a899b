/** Randomness. Injected, so that tests repeat. */
export interface Entropy {
  /** A fresh name of 32 hexadecimal characters, for things that must not meet: catalogs, temporary files, locks. */
  nonce(): string;
}
