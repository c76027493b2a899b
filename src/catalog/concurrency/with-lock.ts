/** A mutex for each key: runs `work` when all earlier work for `key` has ended, however it did. */
export async function withLock<Key, Result>(
  locks: Map<Key, Promise<unknown>>,
  key: Key,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = locks.get(key) ?? Promise.resolve();
  const running = before.then(work, work);
  locks.set(key, running);
  try {
    return await running;
  } finally {
    if (locks.get(key) === running) locks.delete(key);
  }
}
