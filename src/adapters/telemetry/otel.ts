/**
 * Measurements by OpenTelemetry, with the package `@opentelemetry/api` or one like it. Hosts see by themselves what is
 * registered; this is for a program that has its own copy, or providers that it has not registered.
 * @module
 */
import { metrics, trace } from "@opentelemetry/api";
import type { SpanAttributes, Telemetry } from "../../ports/telemetry.ts";
import { OtelTelemetry } from "./_otel-telemetry.ts";
import { guardTelemetry } from "./guarded.ts";

/** What an instrument is, beside its name. */
export interface OtelMetricOptions {
  /** In UCUM. */
  readonly unit: string;
  /** What it tells. */
  readonly description: string;
}

/** A counter, as OpenTelemetry has it. */
export interface OtelCounter {
  /** Adds to what was counted under these labels. */
  add(value: number, labels: Readonly<Record<string, string>>): void;
}

/** A histogram, as OpenTelemetry has it. */
export interface OtelHistogram {
  /** One more value under these labels. */
  record(value: number, labels: Readonly<Record<string, string>>): void;
}

/** A gauge that is asked when somebody collects, as OpenTelemetry has it. */
export interface OtelObservableGauge {
  /** What is asked. */
  addCallback(callback: (result: { observe(value: number): void }) => void): void;
}

/** What makes instruments, as OpenTelemetry has it. */
export interface OtelMeter {
  /** Makes a counter. */
  createCounter(name: string, options: OtelMetricOptions): OtelCounter;
  /** Makes a histogram, with the bounds of its buckets. */
  createHistogram(
    name: string,
    options: OtelMetricOptions & { readonly advice: { explicitBucketBoundaries: number[] } },
  ): OtelHistogram;
  /** Makes a gauge. */
  createObservableGauge(name: string, options: OtelMetricOptions): OtelObservableGauge;
}

/** Where meters come from. */
export interface OtelMeterProvider {
  /** The meter of a package. */
  getMeter(scope: string): OtelMeter;
}

/** A span on its way, as OpenTelemetry has it. */
export interface OtelSpan {
  /** Notes an error. */
  recordException(error: { readonly name: string; readonly message: string }): void;
  /** Says how it went; 2 stands for an error. */
  setStatus(status: { readonly code: number; readonly message: string }): void;
  /** Ends it; whatever is told later is lost. */
  end(): void;
}

/** Where spans come from. */
export interface OtelTracerProvider {
  /** The tracer of a package. */
  getTracer(scope: string): {
    startActiveSpan<Result>(
      name: string,
      options: { readonly attributes: SpanAttributes },
      work: (span: OtelSpan) => Result,
    ): Result;
  };
}

/** The part of `@opentelemetry/api` that is used: the package itself fits. */
export interface OtelApi {
  /** Where counters, histograms and gauges come from. */
  readonly metrics: {
    getMeterProvider(): OtelMeterProvider;
  };
  /** Where spans come from. */
  readonly trace: OtelTracerProvider;
}

/**
 * Measurements for whichever OpenTelemetry SDK is registered in an API, now or later; for none they cost next to nothing.
 * @param api - @default the package `@opentelemetry/api`
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
  return guardTelemetry(new OtelTelemetry({ meters: () => api.metrics.getMeterProvider(), tracers: () => api.trace }));
}
