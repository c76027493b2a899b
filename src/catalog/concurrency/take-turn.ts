/** Runs `work` when those that came earlier for the same `key` are done, however they ended. */
export async function takeTurn<Key, Result>(
  turns: Map<Key, Promise<unknown>>,
  key: Key,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = turns.get(key) ?? Promise.resolve();
  const turn = before.then(work, work);
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}
