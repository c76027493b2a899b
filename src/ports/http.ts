/** What a server answered to one request. */
export interface HttpAnswer {
  /** Of three digits, as the server says; 1xx are not answers. */
  readonly status: number;
  /** The words behind the status; empty where there are none. */
  readonly statusText: string;
  /** By name in lower case; a header that came several times is joined with commas, `content-type` is the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The bytes as they were sent: no content coding is undone. It ends without an error only when the message was whole,
   * as far as HTTP can tell (RFC 9112, section 8). Cancelling it closes the connection.
   */
  readonly body: ReadableStream<Uint8Array>;
}

/** Options of {@link Http.get}. */
export interface HttpRequest {
  /** By name in lower case; `host` and `connection` are added. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborting it closes the connection, also while the body is read. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether an IP address may be connected to. The address that it was asked about is the one that is connected to, with
   * no proxy in between; where a name has several, one that may be. None of them fails with `REFUSED` and the guard
   * `address`; a runtime that cannot tell fails with `UNSUPPORTED`. @default any address may
   */
  readonly allowsAddress?: ((address: string) => boolean) | undefined;
}

/** Undoes one content coding. What ends early, has more behind its end or a bad checksum is an error of the stream. */
export interface ContentDecoder {
  /** The decoded bytes. Cancelling them cancels `body`. */
  decode(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** The bytes of `body` as they are; an error as soon as they cannot be decoded. Zeros behind their end are allowed. */
  check(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
}

/** Requests over HTTP. */
export interface Http {
  /**
   * Asks once: no redirect is followed, no credentials or cookies are sent. An abort rejects with `signal.reason`.
   * @throws {CatalogError} REFUSED, UNSUPPORTED as {@link HttpRequest.allowsAddress} says
   */
  get(url: URL, request: HttpRequest): Promise<HttpAnswer>;
  /** A decoder for a content coding; `undefined` where the runtime has none that notices every early end. */
  findDecoder(coding: string): Promise<ContentDecoder | undefined>;
}
