import type { CapabilityContext } from "../capability-context.ts";
import { VerifyRun } from "./run/verify-run.ts";
import { checkVerifyOptions, type VerifiedBlob, type VerifyOptions } from "./verify-options.ts";

/**
 * Compares blobs with what rows say about them. Each result is given when it is written down; so is what was found before
 * a run ends early, however that comes.
 */
export async function* verify(
  context: CapabilityContext,
  options: VerifyOptions,
): AsyncGenerator<VerifiedBlob, void, undefined> {
  checkVerifyOptions(options);
  options.signal?.throwIfAborted();
  const run = await VerifyRun.begin(context, options);
  let isOver = false;
  try {
    yield* run.results();
    isOver = true;
    options.onSummary?.(await run.summarize());
  } catch (error) {
    if (isOver) throw error;
    isOver = true;
    // A second failure must not hide the first.
    yield* await run.rest().catch(() => []);
    throw error;
  } finally {
    // Whoever stops to listen loses no result.
    if (!isOver) await run.rest();
    await run.close();
  }
}
