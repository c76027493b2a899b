import type { Entropy } from "../../ports/entropy.ts";

/** Random names from the Web Cryptography API, which every runtime has: 128 bits as 32 lowercase hexadecimal characters. */
export const webCryptoEntropy: Entropy = {
  nonce: () => {
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
};
