import type { TimedOutcome } from "../../../core/telemetry/metric-labels.ts";
import type { StoreParts } from "./protocol/store.ts";

/** What takes so long that somebody may want to know it. */
export type Timed = "content_catalog.checkpoint.duration" | "content_catalog.lock.wait.duration";

/** Does work and tells how long it took, also when it failed. */
export async function measured<Result>(
  { clock, telemetry }: Pick<StoreParts, "clock" | "telemetry">,
  name: Timed,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedMs = clock.monotonicMs();
  const tell = (outcome: TimedOutcome): void => {
    telemetry?.record(name, (clock.monotonicMs() - startedMs) / 1000, { outcome });
  };
  try {
    const result = await work();
    tell("ok");
    return result;
  } catch (error) {
    tell("error");
    throw error;
  }
}
