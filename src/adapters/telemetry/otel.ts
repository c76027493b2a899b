/**
 * Measurements by OpenTelemetry. The package `@opentelemetry/api` has to be there, as it is where an SDK is.
 * @module
 */
import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import type { SpanAttributes, Telemetry } from "../../ports/telemetry.ts";

/** A counter, as OpenTelemetry has it. */
export interface OtelCounter {
  /** Adds to what was counted under these labels. */
  add(value: number, labels: Readonly<Record<string, string>>): void;
}

/** A span on its way, as OpenTelemetry has it. */
export interface OtelSpan {
  /** Notes an error with its stack. */
  recordException(error: Error | string): void;
  /** Says how it went; 2 stands for an error. */
  setStatus(status: { readonly code: number; readonly message: string }): void;
  /** Ends it; whatever is told later is lost. */
  end(): void;
}

/** The part of `@opentelemetry/api` that is used: the package itself fits. */
export interface OtelApi {
  /** Where counters come from. */
  readonly metrics: {
    getMeterProvider(): { getMeter(scope: string): { createCounter(name: string): OtelCounter } };
  };
  /** Where spans come from. */
  readonly trace: {
    getTracer(scope: string): {
      startActiveSpan<Result>(
        name: string,
        options: { readonly attributes: SpanAttributes },
        work: (span: OtelSpan) => Result,
      ): Result;
    };
  };
}

const SCOPE = "content-catalog";

/**
 * Measurements for whichever OpenTelemetry SDK the application has registered, now or later; for none they cost next to
 * nothing.
 * @param api - @default the global API
 * @example
 * ```ts
 * import { openCatalog } from "content-catalog/memory";
 * import { createOtelTelemetry } from "content-catalog/telemetry/otel";
 *
 * const catalog = await openCatalog({ telemetry: createOtelTelemetry() });
 * await catalog.close();
 * ```
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
function createCounterCache(api: OtelApi): (name: string) => OtelCounter {
  let provider = api.metrics.getMeterProvider();
  const counters = new Map<string, OtelCounter>();
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
