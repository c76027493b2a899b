/** A stream of what a generator gives; nothing is read ahead. `cancel` must make a step that is under way end. */
export function streamOf(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  cancel: (reason: unknown) => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        cancel(reason);
        // Not awaited: whoever cancels expects nothing more.
        chunks.return().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
