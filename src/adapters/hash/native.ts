import { createHash } from "node:crypto";
import { parseSha256 } from "../../core/sha256.ts";
import type { Hasher } from "../../ports/hasher.ts";

/** SHA-256 by the runtime's own cryptography (`node:crypto`): the fast one for large streams. */
export function createNativeHasher(): Hasher {
  return {
    name: "native",
    create: () => {
      const hash = createHash("sha256");
      return {
        update: (bytes) => {
          hash.update(bytes);
        },
        digest: () => parseSha256(hash.digest("hex")),
      };
    },
  };
}
