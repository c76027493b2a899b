import type { IHasher } from "hash-wasm";
import { parseSha256, type Sha256 } from "../../core/sha256.ts";
import type { Hasher, HashStream } from "../../ports/hasher.ts";

/** Instances kept for the next stream. More than this many streams at once is rare, and each holds its own memory. */
const MAX_IDLE = 16;

/** SHA-256 in WebAssembly, the same in every runtime. Instances are kept and used again, as making one is costly. */
export function createWasmHasher(): Hasher {
  const idle: IHasher[] = [];
  return {
    name: "wasm",
    create: () => {
      const instance = idle.pop();
      return instance === undefined
        ? createInstance().then((created) => new WasmHashStream(created, idle))
        : new WasmHashStream(instance.init(), idle);
    },
  };
}

/** The module holds all of its algorithms; who only reads a catalog need not load it. */
async function createInstance(): Promise<IHasher> {
  const { createSHA256 } = await import("hash-wasm");
  return createSHA256();
}

class WasmHashStream implements HashStream {
  readonly #idle: IHasher[];
  #instance: IHasher | undefined;

  constructor(instance: IHasher, idle: IHasher[]) {
    this.#instance = instance;
    this.#idle = idle;
  }

  update(bytes: Uint8Array): void {
    this.#unspent("update").update(bytes);
  }

  digest(): Sha256 {
    const instance = this.#unspent("digest");
    // From here on the instance may belong to another stream.
    this.#instance = undefined;
    const digest = parseSha256(instance.digest("hex"));
    if (this.#idle.length < MAX_IDLE) this.#idle.push(instance);
    return digest;
  }

  #unspent(verb: string): IHasher {
    if (this.#instance === undefined) throw new TypeError(`Cannot ${verb} hash stream: it gave its digest already`);
    return this.#instance;
  }
}
