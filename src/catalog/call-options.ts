/** Options that every call takes. */
export interface CallOptions {
  /** Stops the call; it rejects with `signal.reason`. What was acknowledged before stays. */
  readonly signal?: AbortSignal | undefined;
}
