/** What the store reads of an object of R2. */
export interface R2Head {
  readonly key: string;
  /** Another one for every upload. */
  readonly version: string;
  readonly etag: string;
  readonly size: number;
  readonly uploaded: Date;
}

/** An object with its bytes. */
export interface R2Body extends R2Head {
  readonly body: ReadableStream<Uint8Array>;
}

/** A part of a multipart upload. */
export interface R2Part {
  readonly partNumber: number;
  readonly etag: string;
}

/** A multipart upload on its way. */
export interface R2Upload {
  uploadPart(partNumber: number, bytes: Uint8Array<ArrayBuffer>): Promise<R2Part>;
  abort(): Promise<void>;
  complete(parts: R2Part[]): Promise<R2Head>;
}

/** When a put may happen; else it gives `null`. */
export interface R2Condition {
  readonly etagMatches?: string;
  readonly etagDoesNotMatch?: string;
}

/** What the store uses of an R2 bucket binding: the `R2Bucket` of Cloudflare Workers fits as it is. */
export interface R2BucketBinding {
  head(key: string): Promise<R2Head | null>;
  get(key: string): Promise<R2Body | null>;
  put(
    key: string,
    value: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
    options?: { readonly onlyIf?: R2Condition; readonly sha256?: string },
  ): Promise<R2Head | null>;
  delete(key: string): Promise<void>;
  list(options: {
    readonly prefix: string;
    readonly cursor?: string;
  }): Promise<{ readonly objects: R2Head[]; readonly truncated: boolean; readonly cursor?: string }>;
  createMultipartUpload(key: string): Promise<R2Upload>;
}
