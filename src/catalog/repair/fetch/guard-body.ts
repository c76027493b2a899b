/** Options of {@link guardBody}. */
export interface BodyGuard {
  /** Waits for the next bytes, but not for ever. */
  readonly wait: <Value>(pending: Promise<Value>) => Promise<Value>;
  /** Is told how many bytes came in all; what it throws ends the body. */
  readonly check: (bytes: number) => void;
}

/** A body as it comes from a server, whose bytes are counted and waited for only so long. Cancelling it cancels `body`. */
export function guardBody(body: ReadableStream<Uint8Array>, { wait, check }: BodyGuard): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await wait(reader.read());
        if (done) return controller.close();
        bytes += value.byteLength;
        check(bytes);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
