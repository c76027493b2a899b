import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, it } from "vitest";
import { Instruments } from "../../../src/adapters/telemetry/_instruments.ts";
import { createGlobalTelemetry } from "../../../src/adapters/telemetry/otel-global.ts";
import { BoundedValues } from "../../../src/core/telemetry/bounded-values.ts";
import type { GaugeName } from "../../../src/core/telemetry/metric-labels.ts";
import { HISTOGRAMS, MAX_RESOLVERS } from "../../../src/core/telemetry/metrics.ts";
import type { CatalogFigures } from "../../../src/ports/telemetry.ts";

const REGISTERED = Symbol.for("opentelemetry.js.api.1");

const ended: (() => unknown)[] = [];

afterEach(async () => {
  Reflect.deleteProperty(globalThis, REGISTERED);
  trace.disable();
  for (const end of ended.splice(0)) await end();
});

/** An SDK that nobody has registered. */
function createSdk(temporality = AggregationTemporality.CUMULATIVE): {
  readonly provider: MeterProvider;
  points(): Promise<readonly string[]>;
} {
  const exporter = new InMemoryMetricExporter(temporality);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  ended.push(() => provider.shutdown());
  const points = async (): Promise<readonly string[]> => {
    exporter.reset();
    await provider.forceFlush();
    const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return all.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
      dataPoints.map(
        ({ attributes, value }) => `${name} ${unit} ${JSON.stringify(attributes)} ${JSON.stringify(value)}`,
      ),
    );
  };
  return { provider, points };
}

const removed = "contentdownload_gc_removed_total {blob} {}";

function figures(of: object, values: Partial<Record<GaugeName, number>>): () => CatalogFigures {
  return () => ({ of, values: new Map(Object.entries(values) as [GaugeName, number][]) });
}

describe("what is registered", () => {
  it("is seen before and after it is, and again after it was another", async () => {
    const telemetry = createGlobalTelemetry();
    telemetry.count("contentdownload_gc_removed_total", {});
    // With the other one an SDK tells a gauge for ever.
    const { DELTA } = AggregationTemporality;
    const [first, second] = [createSdk(DELTA), createSdk(DELTA)];
    const end = telemetry.observe(figures({}, { "content_catalog.orphans": 7 }));
    metrics.setGlobalMeterProvider(first.provider);
    telemetry.count("contentdownload_gc_removed_total", {}, 2);
    expect(await first.points()).toEqual(["content_catalog.orphans {blob} {} 7", `${removed} 2`]);
    metrics.disable();
    telemetry.count("contentdownload_gc_removed_total", {}, 4);
    metrics.setGlobalMeterProvider(second.provider);
    telemetry.count("contentdownload_gc_removed_total", {}, 8);
    expect(await second.points()).toEqual(["content_catalog.orphans {blob} {} 7", `${removed} 8`]);
    expect(await first.points(), "one tells a gauge").toEqual([]);
    end();
    expect(await second.points()).toEqual([]);
  });

  it.each(["1.2.9", "2.0.0", "0.9.0", "1.9.0-beta", undefined, 7])("is left alone as version %s", async (version) => {
    const { provider, points } = createSdk();
    Reflect.set(globalThis, REGISTERED, { version, metrics: provider });
    const telemetry = createGlobalTelemetry();
    telemetry.count("contentdownload_gc_removed_total", {});
    expect(await telemetry.span("catalog.import", {}, async () => 42)).toBe(42);
    expect(await points()).toEqual([]);
  });

  it("is that of any copy of the package", async () => {
    const folder = mkdtempSync(join(tmpdir(), "content-catalog-api-"));
    ended.push(() => rmSync(folder, { recursive: true }));
    const require = createRequire(import.meta.url);
    cpSync(join(dirname(require.resolve("@opentelemetry/api")), "../.."), folder, { recursive: true });
    const version = join(folder, "build/src/version.js");
    writeFileSync(version, readFileSync(version, "utf8").replace(/1\.\d+\.\d+/, "1.4.0"));
    const other = require(folder) as typeof import("@opentelemetry/api");
    const { provider, points } = createSdk();
    const spans = new InMemorySpanExporter();
    const telemetry = createGlobalTelemetry();
    expect(other.metrics.setGlobalMeterProvider(provider)).toBe(true);
    expect(metrics.setGlobalMeterProvider(createSdk().provider), "the second copy is refused").toBe(false);
    const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    other.trace.setGlobalTracerProvider(tracers);
    telemetry.count("contentdownload_gc_removed_total", {});
    await telemetry.span("catalog.import", { format: "auto" }, async () => undefined);
    expect(await points()).toEqual([`${removed} 1`]);
    expect(spans.getFinishedSpans()).toMatchObject([{ name: "catalog.import", attributes: { format: "auto" } }]);
    other.metrics.disable();
    other.trace.disable();
  });

  it("may fail in all it does", async () => {
    const failing = (): never => {
      throw new Error("the SDK failed");
    };
    const instrument = { add: failing, record: failing, addCallback: failing };
    const make = (): typeof instrument => instrument;
    const meter = { createCounter: make, createHistogram: make, createObservableGauge: make };
    for (const provider of [{ getMeter: failing }, { getMeter: () => meter }, 7, { getMeter: () => ({}) }]) {
      Reflect.set(globalThis, REGISTERED, { version: "1.9.0", metrics: provider, trace: { getTracer: failing } });
      const telemetry = createGlobalTelemetry();
      telemetry.count("contentdownload_gc_removed_total", {});
      telemetry.record("content_catalog.ingest.duration", 1, { outcome: "ok" });
      telemetry.observe(figures({}, {}))();
      expect(await telemetry.span("catalog.import", {}, async () => 42)).toBe(42);
    }
  });
});

describe("a resolver", () => {
  it("has a name of its own as long as there are few", async () => {
    const { provider, points } = createSdk();
    // One of its own: that of the process serves the other tests.
    const instruments = new Instruments(provider.getMeter("test"), new BoundedValues(MAX_RESOLVERS));
    for (let at = 0; at < 10_000; at++) {
      instruments.count("contentdownload_dedup_hits_total", { resolver: `resolver ${at}` }, 1);
    }
    instruments.count("contentdownload_dedup_hits_total", { resolver: "resolver 7" }, 1);
    const told = await points();
    expect(told).toHaveLength(101);
    expect(told).toContain('contentdownload_dedup_hits_total {hit} {"resolver":"resolver 7"} 2');
    expect(told).toContain('contentdownload_dedup_hits_total {hit} {"resolver":"other"} 9900');
  });
});

describe("a histogram", () => {
  it("has the buckets of the table", async () => {
    const { provider, points } = createSdk();
    metrics.setGlobalMeterProvider(provider);
    createGlobalTelemetry().record("content_catalog.commit.duration", 0.004, { outcome: "ok" });
    const [told = ""] = await points();
    const { buckets } = JSON.parse(told.slice(told.indexOf("} {") + 2));
    expect(buckets.boundaries).toEqual(HISTOGRAMS["content_catalog.commit.duration"].buckets);
    expect(buckets.counts[buckets.boundaries.indexOf(0.005)]).toBe(1);
  });
});

describe("a gauge", () => {
  it("is told of all catalogs together, of each once, and the oldest age of the oldest", async () => {
    const { provider, points } = createSdk();
    metrics.setGlobalMeterProvider(provider);
    const [one, other] = [{}, {}];
    const age = "content_catalog.verification.oldest_age";
    const [orphans, documents] = ["content_catalog.orphans", "content_catalog.documents"] as const;
    createGlobalTelemetry().observe(figures(one, { [orphans]: 3, [age]: 10, [documents]: 1 }));
    createGlobalTelemetry().observe(figures(one, { [orphans]: 3, [age]: 10 }));
    createGlobalTelemetry().observe(figures(other, { [orphans]: 4, [age]: 5 }));
    expect(await points()).toEqual([
      "content_catalog.documents {document} {} 1",
      "content_catalog.orphans {blob} {} 7",
      "content_catalog.verification.oldest_age s {} 10",
    ]);
  });
});
