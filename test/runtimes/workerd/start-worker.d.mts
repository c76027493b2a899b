/** A worker that runs in workerd. */
export interface StartedWorker {
  readonly url: URL;
  fetch(path: string, init?: { method?: string; body?: Uint8Array | string }): Promise<Response>;
  /** The bucket that the worker has as `PAPERS`. */
  bucket(): Promise<{
    get(key: string): Promise<{ text(): Promise<string> } | null>;
    list(options?: { prefix?: string }): Promise<{ objects: { key: string; size: number }[] }>;
  }>;
  dispose(): Promise<void>;
}

/** Starts the worker of the file `entry` on this machine, with a bucket `PAPERS`. Dispose of it. */
export function startWorker(entry: string, bindings?: Readonly<Record<string, string>>): Promise<StartedWorker>;
