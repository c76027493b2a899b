import type { Entropy } from "../../ports/entropy.ts";

/** Bytes of one name. */
const NAME_BYTES = 16;

/** Names that are made of random bytes that were asked for at once: a call for them costs more than the bytes. */
const NAMES_AT_ONCE = 64;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const pool = new Uint8Array(NAME_BYTES * NAMES_AT_ONCE);
let used: number = pool.byteLength;

/** Random names from the Web Cryptography API, which every runtime has: 128 bits as 32 lowercase hexadecimal characters. */
export const webCryptoEntropy: Entropy = {
  nonce: () => {
    if (used === pool.byteLength) {
      globalThis.crypto.getRandomValues(pool);
      used = 0;
    }
    let name = "";
    for (const end = used + NAME_BYTES; used < end; used++) name += HEX[pool[used] ?? 0];
    return name;
  },
};
