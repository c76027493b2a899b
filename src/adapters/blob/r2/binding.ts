/** What the store reads of an object of R2. */
export interface R2Head {
  /** The object's name in the bucket, with the prefix of the store. */
  readonly key: string;
  /** Another one for every upload. */
  readonly version: string;
  /** Hash of the content as R2 makes it, without quotes; of a multipart upload it is no hash of the whole. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  /** When the object was put, or its upload completed. */
  readonly uploaded: Date;
  /** Digests that R2 compared when the object was put, and keeps; of an upload in parts there is none. */
  readonly checksums?: { readonly sha256?: ArrayBuffer };
}

/** An object with its bytes. */
export interface R2Body extends R2Head {
  /** The bytes, once; read the stream to its end or cancel it. */
  readonly body: ReadableStream<Uint8Array>;
}

/** A part of a multipart upload. */
export interface R2Part {
  /** From 1 to 10,000; parts become the object in this order. */
  readonly partNumber: number;
  /** What R2 calls the part; `complete` wants it back. */
  readonly etag: string;
}

/** A multipart upload on its way. */
export interface R2Upload {
  /** Sends a part: all but the last of one size, and of 5 MiB at least. */
  uploadPart(partNumber: number, bytes: Uint8Array<ArrayBuffer>): Promise<R2Part>;
  /** Ends the upload and drops its parts; no object appears. */
  abort(): Promise<void>;
  /** Makes the parts one object, which replaces one that has the key. */
  complete(parts: R2Part[]): Promise<R2Head>;
}

/** When a put may happen; else it gives `null`. */
export interface R2Condition {
  /** Only if the object that is there has this etag. */
  readonly etagMatches?: string;
  /** Only if no object with this etag is there; with `*` only if none is there at all. */
  readonly etagDoesNotMatch?: string;
}

/** What the store uses of an R2 bucket binding: the `R2Bucket` of Cloudflare Workers fits as it is. */
export interface R2BucketBinding {
  /** What is known of an object; `null` when there is none. */
  head(key: string): Promise<R2Head | null>;
  /** An object with its bytes; `null` when there is none. */
  get(key: string): Promise<R2Body | null>;
  /**
   * Puts an object in one step, in place of one that has the key; `null` when `onlyIf` does not hold. Rejects when the
   * bytes do not have the digest `sha256`, given in hexadecimal characters.
   */
  put(
    key: string,
    value: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
    options?: { readonly onlyIf?: R2Condition; readonly sha256?: string },
  ): Promise<R2Head | null>;
  /** Deletes an object; nothing happens when there is none. */
  delete(key: string): Promise<void>;
  /**
   * A page of the objects whose keys begin with `prefix`, by key; while it is `truncated`, `cursor` leads to the next.
   */
  list(options: {
    readonly prefix: string;
    readonly cursor?: string;
  }): Promise<{ readonly objects: R2Head[]; readonly truncated: boolean; readonly cursor?: string }>;
  /** Begins an upload in parts; the key stays as it is until it is completed. */
  createMultipartUpload(key: string): Promise<R2Upload>;
}
