import { parseSha256, type Sha256 } from "../../core/sha256.ts";
import type { Hasher, HashStream } from "../../ports/hasher.ts";

/** What this adapter uses of Bun, so that nobody needs Bun's types to compile it. */
interface BunHashers {
  readonly CryptoHasher: new (algorithm: "sha256") => BunHasher;
}

interface BunHasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

declare const Bun: BunHashers;

/** SHA-256 by `Bun.CryptoHasher`, which is as fast as `node:crypto` in Bun, and has no stream around it. */
export function createBunHasher(): Hasher {
  return { name: "native", create: () => new BunHashStream() };
}

class BunHashStream implements HashStream {
  #hasher: BunHasher | undefined = new Bun.CryptoHasher("sha256");

  update(bytes: Uint8Array): void {
    this.#unspent("update").update(bytes);
  }

  digest(): Sha256 {
    const digest = parseSha256(this.#unspent("digest").digest("hex"));
    // Bun would start afresh.
    this.#hasher = undefined;
    return digest;
  }

  #unspent(verb: string): BunHasher {
    if (this.#hasher === undefined) throw new TypeError(`Cannot ${verb} hash stream: it gave its digest already`);
    return this.#hasher;
  }
}
