import { type Counter, type MetricsAPI, metrics, SpanStatusCode, type TraceAPI, trace } from "@opentelemetry/api";
import type { Telemetry } from "../../ports/telemetry.ts";

/** The part of `@opentelemetry/api` that is used. */
export interface OtelApi {
  readonly metrics: Pick<MetricsAPI, "getMeterProvider">;
  readonly trace: Pick<TraceAPI, "getTracer">;
}

const SCOPE = "content-catalog";

/**
 * Measurements for whichever OpenTelemetry SDK the application has registered, now or later; for none they cost next to
 * nothing.
 * @param api - @default the global API
 */
export function createOtelTelemetry(api: OtelApi = { metrics, trace }): Telemetry {
  const findCounter = createCounterCache(api);
  return {
    count: (name, labels, by = 1) => findCounter(name).add(by, { ...labels }),
    span: (name, attributes, work) =>
      api.trace.getTracer(SCOPE).startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work();
        } catch (error) {
          const exception = error instanceof Error ? error : String(error);
          span.recordException(exception);
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: typeof exception === "string" ? exception : exception.message,
          });
          throw error;
        } finally {
          span.end();
        }
      }),
  };
}

/** Counters by name. A meter got before the SDK was registered would stay deaf, so a new provider begins a new cache. */
function createCounterCache(api: OtelApi): (name: string) => Counter {
  let provider = api.metrics.getMeterProvider();
  const counters = new Map<string, Counter>();
  return (name) => {
    const current = api.metrics.getMeterProvider();
    if (current !== provider) {
      provider = current;
      counters.clear();
    }
    const counter = counters.get(name) ?? provider.getMeter(SCOPE).createCounter(name);
    counters.set(name, counter);
    return counter;
  };
}
