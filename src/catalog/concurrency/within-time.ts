import type { Clock } from "../../ports/clock.ts";
import { onAbort } from "./on-abort.ts";

/** Limits of {@link withinTime}. */
export interface TimeLimits {
  /** What the time goes by. */
  readonly clock: Clock;
  /** The longest wait, in milliseconds. @default forever */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait. @default nothing does */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `pending` gives, unless the time is over or the signal aborts before: then it rejects at once, with what
 * `expired` makes or the signal's reason. What `pending` does afterwards is nobody's concern.
 */
export async function withinTime<Result>(
  pending: Promise<Result>,
  { clock, timeoutMs, signal }: TimeLimits,
  expired: () => unknown,
): Promise<Result> {
  if (signal === undefined && timeoutMs === undefined) return pending;
  const timer = new AbortController();
  let forget = (): void => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    if (signal !== undefined) forget = onAbort(signal, () => reject(signal.reason));
    if (timeoutMs === undefined) return;
    clock.sleep(timeoutMs, timer.signal).then(
      () => reject(expired()),
      () => undefined,
    );
  });
  try {
    return await Promise.race([pending, interrupted]);
  } finally {
    timer.abort();
    forget();
    pending.catch(() => undefined);
  }
}
