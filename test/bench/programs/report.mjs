/* What a measured program says about itself: one line of JSON, its last. */

/** Runs `work` and reports how long it took and how much memory the process had at most. */
export async function reportTime(work) {
  const startedMs = performance.now();
  await work();
  const milliseconds = performance.now() - startedMs;
  const { maxRSS: maxRssKib } = process.resourceUsage();
  process.stdout.write(`${JSON.stringify({ milliseconds, maxRssKib })}\n`);
}
