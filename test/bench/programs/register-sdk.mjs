/* An OpenTelemetry SDK that keeps what it is told in memory. */
import { metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
metrics.setGlobalMeterProvider(meters);
const spanProcessors = [new SimpleSpanProcessor(new InMemorySpanExporter())];
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));

/** Fails unless it was told something: nobody is to be proud of measuring nothing. */
export async function requireMetrics() {
  await meters.forceFlush();
  const told = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  await meters.shutdown();
  if (told.length === 0) throw new Error("The SDK was told nothing");
}
