/** Options of {@link Clock.sleep}. */
export interface SleepOptions {
  /** Nothing is lost if the process ends before: where the runtime knows that, it does. @default false */
  readonly background?: boolean | undefined;
}

/** Time. Injected, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970, by the wall clock: may jump. */
  now(): number;
  /** Milliseconds since some moment: never goes back; for measuring. */
  monotonicMs(): number;
  /** Resolves after `durationMs` milliseconds; an abort rejects with `signal.reason`. */
  sleep(durationMs: number, signal?: AbortSignal, options?: SleepOptions): Promise<void>;
}
