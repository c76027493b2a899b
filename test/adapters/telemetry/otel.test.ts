import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOtelTelemetry } from "../../../src/adapters/telemetry/otel.ts";
import { CatalogError } from "../../../src/errors.ts";

const spanExporter = new InMemorySpanExporter();
let metricExporter: InMemoryMetricExporter;
let meterProvider: MeterProvider;

beforeEach(() => {
  metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })] });
  spanExporter.reset();
});

afterEach(async () => {
  metrics.disable();
  trace.disable();
  await meterProvider.shutdown();
});

function registerSdk(): void {
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] }));
}

/** What was counted: name, attributes and value, sorted. */
async function counted(): Promise<string[]> {
  await meterProvider.forceFlush();
  const [last] = metricExporter.getMetrics().slice(-1);
  const found = (last?.scopeMetrics ?? []).flatMap(({ metrics }) => metrics);
  const points = found.flatMap(({ descriptor: { name }, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => `${name} ${JSON.stringify(attributes)} ${JSON.stringify(value)}`),
  );
  return points.sort();
}

describe("count", () => {
  it("adds to the counter of that name and label", async () => {
    registerSdk();
    const telemetry = createOtelTelemetry();
    telemetry.count("contentdownload_dedup_hits_total", { resolver: "a" });
    telemetry.count("contentdownload_dedup_hits_total", { resolver: "a" }, 4);
    telemetry.count("contentdownload_dedup_hits_total", { resolver: "b" });
    telemetry.count("contentdownload_gc_removed_total", {}, 3);
    expect(await counted()).toEqual([
      'contentdownload_dedup_hits_total {"resolver":"a"} 5',
      'contentdownload_dedup_hits_total {"resolver":"b"} 1',
      "contentdownload_gc_removed_total {} 3",
    ]);
  });

  it("creates a counter only when it counts", async () => {
    registerSdk();
    createOtelTelemetry();
    expect(await counted()).toEqual([]);
  });

  it("is heard by an SDK that is registered after the first count", async () => {
    const telemetry = createOtelTelemetry();
    telemetry.count("contentdownload_gc_removed_total", {});
    registerSdk();
    telemetry.count("contentdownload_gc_removed_total", {}, 2);
    expect(await counted()).toEqual(["contentdownload_gc_removed_total {} 2"]);
  });

  it("takes the API it is given, not the global one", async () => {
    const telemetry = createOtelTelemetry({ metrics: { getMeterProvider: () => meterProvider }, trace });
    telemetry.count("contentdownload_verify_failures_total", { reason: "missing" });
    expect(await counted()).toEqual(['contentdownload_verify_failures_total {"reason":"missing"} 1']);
  });
});

describe("span", () => {
  it("surrounds the work and gives its result", async () => {
    registerSdk();
    const result = await createOtelTelemetry().span("catalog.import", { format: "jsonl" }, async () => {
      expect(spanExporter.getFinishedSpans()).toEqual([]);
      return 42;
    });
    expect(result).toBe(42);
    expect(spanExporter.getFinishedSpans()).toMatchObject([
      { name: "catalog.import", attributes: { format: "jsonl" }, status: { code: SpanStatusCode.UNSET }, ended: true },
    ]);
  });

  it.each([
    ["an Error", new TypeError("no such luck"), "TypeError", "no such luck"],
    ["anything else", "just text", "Error", "just text"],
    [
      "an error of the catalog by its code, and no URL,",
      new CatalogError("UNAVAILABLE", "Cannot fetch 'https://u:p@example.org/a?token=secret': gone", {
        details: { what: "source" },
      }),
      "UNAVAILABLE",
      "Cannot fetch '***': gone",
    ],
  ])("records %s that the work throws, ends and rethrows it", async (_name, failure, code, message) => {
    registerSdk();
    const failing = createOtelTelemetry().span("catalog.import", {}, () => Promise.reject(failure));
    await expect(failing).rejects.toBe(failure);
    expect(spanExporter.getFinishedSpans()).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR, message: code },
        events: [{ name: "exception", attributes: { "exception.type": code, "exception.message": message } }],
        ended: true,
      },
    ]);
  });

  it("takes no abort for an error", async () => {
    registerSdk();
    const aborting = createOtelTelemetry().span("catalog.import", {}, async () => AbortSignal.abort().throwIfAborted());
    await expect(aborting).rejects.toThrow("aborted");
    expect(spanExporter.getFinishedSpans()).toMatchObject([
      { status: { code: SpanStatusCode.UNSET }, events: [], ended: true },
    ]);
  });

  it("does the work when nobody measures", async () => {
    const telemetry = createOtelTelemetry();
    expect(await telemetry.span("catalog.import", {}, async () => "done")).toBe("done");
    const failure = new Error("work failed");
    await expect(telemetry.span("catalog.import", {}, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
