/** The Web Locks API, as far as the adapters use it. Locks of a page that is gone are free. */
export interface WebLocks {
  /**
   * Runs `work` with the lock, and frees it when that ends; with `ifAvailable` at once, with `null` if others have it.
   */
  request<Result>(
    name: string,
    options: { readonly mode?: "exclusive" | "shared"; readonly ifAvailable?: boolean },
    work: (lock: object | null) => Promise<Result>,
  ): Promise<Result>;
}

/** Takes a lock, and gives what releases it; that resolves when it is free. `undefined` when others have it. */
export async function holdLock(
  locks: WebLocks,
  name: string,
  options: { readonly mode: "exclusive" | "shared"; readonly ifAvailable?: boolean },
): Promise<(() => Promise<void>) | undefined> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let freed: Promise<void> = Promise.resolve();
  const taken = await new Promise<boolean>((resolve, reject) => {
    freed = locks.request(name, options, async (lock) => {
      resolve(lock !== null);
      if (lock !== null) await held;
    });
    freed.catch(reject);
  });
  if (!taken) return undefined;
  return () => {
    release();
    return freed;
  };
}
