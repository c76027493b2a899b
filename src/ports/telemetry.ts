import type {
  CounterLabels,
  CounterName,
  GaugeName,
  HistogramLabels,
  HistogramName,
} from "../core/telemetry/metric-labels.ts";

/** The spans of the catalog. */
export type SpanName = "catalog.import";

/** Low-cardinality attributes: never ids, URLs, hashes, paths or runs. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Figures of a catalog as they are known now, without looking at anything. */
export interface CatalogFigures {
  /** Which catalog it is: those who have one open together give one object. */
  readonly of: object;
  /** The figures that are known. */
  readonly values: ReadonlyMap<GaugeName, number>;
}

/**
 * Measurements. Nothing here may fail or slow down the work. Labels never tell which document, blob, run or place it is;
 * the only one that comes from outside is `resolver`.
 */
export interface Telemetry {
  /** Adds `by` to a counter. @default by 1 */
  count<Name extends CounterName>(name: Name, labels: CounterLabels[Name], by?: number): void;
  /** One more value of a histogram, in its unit. */
  record<Name extends HistogramName>(name: Name, value: number, labels: HistogramLabels[Name]): void;
  /** A catalog is open: `read` may be asked for its figures at any time, until what is given is called. */
  observe(read: () => CatalogFigures): () => void;
  /** Runs `work` inside a span that ends with it and records its error. */
  span<Result>(name: SpanName, attributes: SpanAttributes, work: () => Promise<Result>): Promise<Result>;
}
