import { BoundedValues } from "../../core/telemetry/bounded-values.ts";
import type {
  CounterLabels,
  CounterName,
  GaugeName,
  HistogramLabels,
  HistogramName,
} from "../../core/telemetry/metric-labels.ts";
import { COUNTERS, GAUGES, HISTOGRAMS, MAX_RESOLVERS } from "../../core/telemetry/metrics.ts";
import type { CatalogFigures } from "../../ports/telemetry.ts";
import type { OtelCounter, OtelHistogram, OtelMeter, OtelMeterProvider } from "./otel.ts";

/** What the measurements of this package are told by. */
export const SCOPE = "content-catalog";

/** For all catalogs of this process. */
const RESOLVERS = new BoundedValues(MAX_RESOLVERS);

const KNOWN = new WeakMap<OtelMeterProvider, Instruments>();

/** The instruments of a provider; all catalogs share them, so that each gauge is told once. */
export function instrumentsOf(provider: OtelMeterProvider): Instruments {
  const instruments = KNOWN.get(provider) ?? new Instruments(provider.getMeter(SCOPE));
  KNOWN.set(provider, instruments);
  return instruments;
}

/** What the table of metrics makes of a meter, each when it is needed first. */
export class Instruments {
  readonly #meter: OtelMeter;
  readonly #resolvers: BoundedValues;
  readonly #counters: Map<CounterName, OtelCounter> = new Map();
  readonly #histograms: Map<HistogramName, OtelHistogram> = new Map();
  readonly #catalogs: Set<() => CatalogFigures> = new Set();
  #hasGauges = false;

  /** Creates no instrument yet. */
  constructor(meter: OtelMeter, resolvers: BoundedValues = RESOLVERS) {
    this.#meter = meter;
    this.#resolvers = resolvers;
  }

  /** Adds to a counter. */
  count<Name extends CounterName>(name: Name, labels: CounterLabels[Name], by: number): void {
    const { unit, description } = COUNTERS[name];
    const counter = this.#counters.get(name) ?? this.#meter.createCounter(name, { unit, description });
    this.#counters.set(name, counter);
    counter.add(by, this.#bound(labels));
  }

  /** Tells a histogram a value. */
  record<Name extends HistogramName>(name: Name, value: number, labels: HistogramLabels[Name]): void {
    const { unit, description, buckets } = HISTOGRAMS[name];
    const advice = { explicitBucketBoundaries: [...buckets] };
    const histogram = this.#histograms.get(name) ?? this.#meter.createHistogram(name, { unit, description, advice });
    this.#histograms.set(name, histogram);
    histogram.record(value, { ...labels });
  }

  /** Gauges tell the figures of one more catalog. */
  add(read: () => CatalogFigures): void {
    this.#catalogs.add(read);
    if (this.#hasGauges) return;
    this.#hasGauges = true;
    for (const name of Object.keys(GAUGES) as GaugeName[]) {
      this.#meter.createObservableGauge(name, { ...GAUGES[name] }).addCallback((result) => {
        const value = this.#read(name);
        if (value !== undefined) result.observe(value);
      });
    }
  }

  /** Gauges do not tell the figures of a catalog any more. */
  delete(read: () => CatalogFigures): void {
    this.#catalogs.delete(read);
  }

  #bound(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const { resolver } = labels;
    return resolver === undefined ? { ...labels } : { ...labels, resolver: this.#resolvers.bound(resolver) };
  }

  /** The figure of all catalogs together; `undefined` where none knows it. */
  #read(name: GaugeName): number | undefined {
    const known = new Map<object, number>();
    for (const read of this.#catalogs) {
      const { of, values } = read();
      const value = values.get(name);
      if (value !== undefined) known.set(of, value);
    }
    if (known.size === 0) return undefined;
    const all = [...known.values()];
    if (name === "content_catalog.verification.oldest_age") return Math.max(...all);
    return all.reduce((sum, value) => sum + value, 0);
  }
}
