import { parseSha256, type Sha256 } from "../../core/sha256.ts";
import type { Hasher, HashStream } from "../../ports/hasher.ts";

/** What this adapter uses of workerd's cryptography, so that nobody needs its types to compile it. */
interface WorkerCrypto extends Crypto {
  readonly DigestStream: new (algorithm: "SHA-256") => DigestStream;
}

interface DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;
}

declare const crypto: WorkerCrypto;

/** So many bytes are kept and hashed in one call: below it, a stream costs more than what goes through it. */
const KEPT_BYTES = 32 * 1024;

/** SHA-256 by workerd itself, which compiles no WebAssembly: large streams by `DigestStream`, small ones at once. */
export function createDigestStreamHasher(): Hasher {
  return { name: "native", create: () => new WorkerHashStream() };
}

class WorkerHashStream implements HashStream {
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #stream: DigestStream | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #isSpent = false;

  update(bytes: Uint8Array): void | Promise<void> {
    this.#refuseSpent("update");
    if (this.#writer !== undefined) return this.#writer.write(bytes);
    if (this.#keptBytes + bytes.byteLength > KEPT_BYTES) return this.#begin(bytes);
    // Whoever gave it may use it again.
    this.#kept.push(bytes.slice());
    this.#keptBytes += bytes.byteLength;
  }

  digest(): Promise<Sha256> {
    this.#refuseSpent("digest");
    this.#isSpent = true;
    return this.#finish();
  }

  async #begin(bytes: Uint8Array): Promise<void> {
    this.#stream = new crypto.DigestStream("SHA-256");
    this.#writer = this.#stream.getWriter();
    const kept = this.#takeKept();
    if (kept.byteLength > 0) await this.#writer.write(kept);
    await this.#writer.write(bytes);
  }

  async #finish(): Promise<Sha256> {
    if (this.#stream === undefined) return hexOf(await crypto.subtle.digest("SHA-256", this.#takeKept()));
    await this.#writer?.close();
    return hexOf(await this.#stream.digest);
  }

  #takeKept(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const chunk of this.#kept) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#kept = [];
    return whole;
  }

  #refuseSpent(verb: string): void {
    if (this.#isSpent) throw new TypeError(`Cannot ${verb} hash stream: it gave its digest already`);
  }
}

function hexOf(digest: ArrayBuffer): Sha256 {
  return parseSha256(Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""));
}
