import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { findPathOfUri } from "../../src/core/storage-uri.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../../src/core/telemetry/metrics.ts";
import { assert, assertEquals } from "../../src/testing/assert.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";
import type { HostUnderTest } from "./host-cases.ts";

const RUN = "run-of-may";
const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** Checks that a host measures with the SDK that a program has registered, with nothing said to `openCatalog`. */
export function testTelemetry(runner: SuiteRunner, name: string, host: HostUnderTest): void {
  runner.describe(`Telemetry of ${name}`, () => {
    runner.it("goes to the SDK that is registered, with every metric of the table", async () => {
      const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
      const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
      const { directory, dispose } = await host.makePlace();
      metrics.setGlobalMeterProvider(provider);
      try {
        const catalog = await host.openCatalog({
          catalog: { path: `${directory}/catalog.sqlite` },
          storage: { rootDir: `${directory}/root`, layout: "cas" },
        });
        await live(catalog, { ...host, directory });
        await provider.forceFlush();
        await catalog.close();
        checkMetrics(pointsOf(exporter));
      } finally {
        metrics.disable();
        await provider.shutdown();
        await dispose();
      }
    });
  });
}

/** What happens to a catalog: new bytes, bytes that are there, damage, its discovery and repair, and a collection. */
async function live(
  catalog: Catalog,
  { fs, directory }: Pick<HostUnderTest, "fs"> & { directory: string },
): Promise<void> {
  const meta = (id: string) => ({
    ...{ artifactId: `doi:10.1/${id}`, sourceUrl: `https://example.org/${id}.txt` },
    ...{ resolver: "unpaywall", runId: RUN },
  });
  const { record } = await catalog.ingest(new TextEncoder().encode("hello"), meta("a"));
  await catalog.ingest(new TextEncoder().encode("hello"), meta("b"));
  await write(`${directory}/copy.txt`, "hello");
  const storageUri = `file://${directory}/copy.txt`;
  await catalog.registerOrGet({ ...meta("c"), bytes: 5, sha256: HELLO_SHA256, storageUri });
  const path = findPathOfUri(record.storageUri) ?? "";
  await fs.unlink(path);
  await write(path, "jello");
  for await (const _ of catalog.verify());
  for await (const { outcome } of catalog.repair({ apply: true })) assertEquals(outcome, "repaired");
  const { record: orphan } = await catalog.ingest(new TextEncoder().encode("farewell"), meta("d"));
  await catalog.remove([orphan.id]);
  await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0 }), { force: true });
  for await (const _ of catalog.verify());
  await catalog.checkpoint();

  async function write(to: string, text: string): Promise<void> {
    const handle = await fs.open(to, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }
}

/** A number under some labels. */
interface Point {
  readonly name: string;
  readonly unit: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

function pointsOf(exporter: InMemoryMetricExporter): readonly Point[] {
  const all =
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  return all.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => {
      return { name: descriptor.name, unit: descriptor.unit, labels: attributes, value };
    }),
  );
}

const COUNTED = [
  "content_catalog.gc.removed.size {} 8",
  'content_catalog.ingested {"resolver":"unpaywall","placement":"dedup"} 1',
  'content_catalog.ingested {"resolver":"unpaywall","placement":"stored"} 2',
  'content_catalog.ingested.size {"resolver":"unpaywall","placement":"dedup"} 5',
  'content_catalog.ingested.size {"resolver":"unpaywall","placement":"stored"} 13',
  'content_catalog.repairs {"outcome":"repaired"} 1',
  'content_catalog.verified {"result":"mismatch","strength":"full"} 1',
  'content_catalog.verified {"result":"ok","strength":"full"} 4',
  'content_catalog.verified.size {"result":"mismatch","strength":"full"} 5',
  'content_catalog.verified.size {"result":"ok","strength":"full"} 20',
  'contentdownload_dedup_hits_total {"resolver":"unpaywall"} 1',
  "contentdownload_gc_removed_total {} 1",
  'contentdownload_verify_failures_total {"reason":"hash_mismatch"} 2',
];

/** All but those of sizes of files and of time. */
const FIGURES = [
  "content_catalog.documents 3",
  "content_catalog.logical.size 15",
  "content_catalog.orphans 0",
  "content_catalog.orphans.size 0",
  "content_catalog.physical.size 5",
];

/** Ids, URLs, hashes, paths and runs. */
const TELLING = /doi:|10\.1|:\/\/|\/|[0-9a-f]{8}|run-of-may/;

function checkMetrics(points: readonly Point[]): void {
  const counters = points.filter(({ name }) => name in COUNTERS);
  assertEquals(counters.map(({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`).sort(), COUNTED);
  const told = (table: object): readonly string[] =>
    [...new Set(points.map(({ name }) => name))].filter((name) => name in table);
  assertEquals([...told(HISTOGRAMS)].sort(), Object.keys(HISTOGRAMS).sort());
  assertEquals([...told(GAUGES)].sort(), Object.keys(GAUGES).sort());
  const figures = points.map(({ name, value }) => `${name} ${value}`).filter((text) => FIGURES.includes(text));
  assertEquals(figures.sort(), FIGURES);
  for (const { name, unit, labels, value } of points) {
    assertEquals(unit, { ...COUNTERS, ...HISTOGRAMS, ...GAUGES }[name as keyof typeof COUNTERS].unit);
    assert(!TELLING.test(JSON.stringify(labels)), `${name} ${JSON.stringify(labels)}`);
    if (name in HISTOGRAMS) assertEquals(labels, { outcome: "ok" });
    if (name in GAUGES) assert(typeof value === "number" && value >= 0, name);
  }
}
