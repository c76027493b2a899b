/** The counters of the catalog, with the label each one takes. */
export interface CounterLabels {
  /** Bytes that were stored already, by the resolver that got them again. */
  contentdownload_dedup_hits_total: { readonly resolver: string };
  /** Blobs that a collector removed. */
  contentdownload_gc_removed_total: Readonly<Record<string, never>>;
  /** Bytes that were not what the catalog has on record, by what was wrong. */
  contentdownload_verify_failures_total: { readonly reason: string };
}

/** The spans of the catalog. */
export type SpanName = "catalog.import";

/** Low-cardinality attributes: never ids, URLs or hashes. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Measurements. Nothing here may fail or slow down the work. */
export interface Telemetry {
  /** Adds `by` to a counter. @default by 1 */
  count<Name extends keyof CounterLabels>(name: Name, labels: CounterLabels[Name], by?: number): void;
  /** Runs `work` inside a span that ends with it and records its error. */
  span<Result>(name: SpanName, attributes: SpanAttributes, work: () => Promise<Result>): Promise<Result>;
}
