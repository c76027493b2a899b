/** Who waits for a signal. It has one listener for all: runtimes warn of more than ten, and search them one by one. */
const WAITING = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `react` once when the signal is aborted, unless what this gives is called before. */
export function onAbort(signal: AbortSignal, react: () => void): () => void {
  if (signal.aborted) {
    react();
    return () => {};
  }
  const waiting = WAITING.get(signal) ?? listen(signal);
  // The same function may wait twice.
  const entry = (): void => react();
  waiting.add(entry);
  return () => void waiting.delete(entry);
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  WAITING.set(signal, waiting);
  const tell = (): void => {
    for (const entry of [...waiting]) if (waiting.delete(entry)) entry();
  };
  signal.addEventListener("abort", tell, { once: true });
  return waiting;
}
