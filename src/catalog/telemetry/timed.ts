import type { HistogramName, TimedOutcome } from "../../core/telemetry/metric-labels.ts";
import type { CatalogContext } from "../context.ts";

/** Does work and tells a histogram how long it took, also when it failed. */
export async function timed<Result>(
  { clock, telemetry }: Pick<CatalogContext, "clock" | "telemetry">,
  work: () => Promise<Result>,
  { name, signal }: { readonly name: HistogramName; readonly signal?: AbortSignal | undefined },
): Promise<Result> {
  const startedMs = clock.monotonicMs();
  const tell = (outcome: TimedOutcome): void => {
    telemetry.record(name, (clock.monotonicMs() - startedMs) / 1000, { outcome });
  };
  try {
    const result = await work();
    tell("ok");
    return result;
  } catch (error) {
    tell(signal?.aborted === true && error === signal.reason ? "aborted" : "error");
    throw error;
  }
}
