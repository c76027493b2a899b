import type { IHasher } from "hash-wasm";
import type { Hasher } from "../../../../ports/hasher.ts";
import { fromHex } from "./bytes.ts";

/** The SHA-256 of some bytes, one piece after the other, in hexadecimal characters. */
export type Digest = (...pieces: readonly Uint8Array[]) => Promise<string>;

/** A {@link Digest} by a hasher. @default hasher hash-wasm's */
export function createDigest(hasher: Hasher | undefined): Digest {
  if (hasher === undefined) return wasmDigest;
  return async (...pieces) => {
    const made = hasher.create();
    // What is there at once is not waited for: a long log has very many frames.
    const stream = made instanceof Promise ? await made : made;
    for (const piece of pieces) {
      const taken = stream.update(piece);
      if (taken !== undefined) await taken;
    }
    return stream.digest();
  };
}

let instance: Promise<IHasher> | undefined;

async function wasmDigest(...pieces: readonly Uint8Array[]): Promise<string> {
  // The module holds all of its algorithms, and most bring a hasher of their own.
  instance ??= import("hash-wasm").then(({ createSHA256 }) => createSHA256());
  const hash = await instance;
  // From here to the end nothing waits, so that digests that are in the making at once can share the instance.
  hash.init();
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** The chain value of a catalog in which nothing has happened yet. */
export function firstChain(digest: Digest, catalogId: string): Promise<string> {
  return digest(fromHex(catalogId));
}
