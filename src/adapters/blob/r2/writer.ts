import { quote } from "../../../core/messages/quote.ts";
import { CatalogError } from "../../../errors.ts";
import type { BlobWriter, StagedBlob } from "../../../ports/blob-store.ts";
import type { R2BucketBinding, R2Part, R2Upload } from "./binding.ts";
import { withR2 } from "./failure.ts";

/** The smallest part of a multipart upload that R2 takes; all but the last are of one size. */
export const PART_BYTES: number = 5 * 1024 * 1024;

/** What R2 takes with one put, which is how bytes get their name. */
const MAX_BYTES = Math.floor(4.995 * 1024 ** 3);

const FIRST_BYTES = 64 * 1024;

/** What an {@link R2Writer} works with. */
export interface R2Staging {
  /** Where the bytes go if they are many. */
  readonly bucket: R2BucketBinding;
  /** The name that the port gives staged bytes. */
  readonly name: string;
  /** Where the bytes are staged if they are many. */
  readonly objectKey: string;
  /** For messages. */
  readonly uri: string;
  /** Takes bytes that are so few that they wait in memory. */
  hold(bytes: Uint8Array<ArrayBuffer>): void;
}

/**
 * Bytes on their way into R2, of any number: up to a part of them are kept, and only if there are more do they go to
 * the bucket, part by part. So a writer never has more than one part in memory.
 */
export class R2Writer implements BlobWriter {
  readonly #staging: R2Staging;
  readonly #parts: R2Part[] = [];
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  #filledBytes = 0;
  #sizeBytes = 0;
  #upload: R2Upload | undefined;
  #isOver = false;

  /** Asks nothing of the bucket before there is more than a part. */
  constructor(staging: R2Staging) {
    this.#staging = staging;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#sizeBytes + bytes.byteLength > MAX_BYTES) throw tooLarge(this.#staging.uri);
    this.#sizeBytes += bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; ) {
      if (this.#filledBytes === PART_BYTES) await this.#send();
      const piece = bytes.subarray(at, at + PART_BYTES - this.#filledBytes);
      this.#reserve(this.#filledBytes + piece.byteLength);
      this.#buffer.set(piece, this.#filledBytes);
      this.#filledBytes += piece.byteLength;
      at += piece.byteLength;
    }
  }

  async finish(): Promise<StagedBlob> {
    const { name, hold } = this.#staging;
    if (this.#upload === undefined) hold(this.#buffer.subarray(0, this.#filledBytes));
    else {
      const upload = this.#upload;
      await this.#send();
      await this.#try("finish", () => upload.complete(this.#parts));
    }
    this.#isOver = true;
    return { name, sizeBytes: this.#sizeBytes, shared: false };
  }

  async drop(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#try("drop", async () => this.#upload?.abort());
  }

  /** Makes room for so many bytes; doubling keeps small ones cheap. */
  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#buffer.byteLength) return;
    const larger = new Uint8Array(Math.min(PART_BYTES, Math.max(sizeBytes, 2 * this.#buffer.byteLength)));
    larger.set(this.#buffer.subarray(0, this.#filledBytes));
    this.#buffer = larger;
  }

  /** Sends what is in memory as the next part. */
  async #send(): Promise<void> {
    const { bucket, objectKey } = this.#staging;
    this.#upload ??= await this.#try("stage", () => bucket.createMultipartUpload(objectKey));
    const upload = this.#upload;
    const part = this.#buffer.subarray(0, this.#filledBytes);
    this.#parts.push(await this.#try("stage", () => upload.uploadPart(this.#parts.length + 1, part)));
    this.#filledBytes = 0;
  }

  #try<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    return withR2({ verb, uri: this.#staging.uri }, work);
  }
}

function tooLarge(uri: string): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", `Cannot store ${quote(uri)}: it is larger than R2 takes at once, 4.995 GiB`, {
    details: { what: "blobs larger than 4.995 GiB in R2" },
    hint: "Store it from another host, over the S3 interface of R2.",
  });
}
