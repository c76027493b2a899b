/**
 * Runs `work` for each item, at most `jobs` at once; the results stand in the order of the items. After a failure no
 * further work is begun; what runs is waited for, then the first error is thrown.
 */
export async function runJobs<Item, Result>(
  items: readonly Item[],
  options: { readonly jobs: number; readonly work: (item: Item) => Promise<Result> },
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const iterator = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    // All workers draw from one iterator.
    for (const [index, item] of iterator) {
      try {
        results[index] = await options.work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
      if (failed) return;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(options.jobs, items.length) }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
