import { describe, expect, it } from "vitest";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../../../src/core/telemetry/metrics.ts";

const ALL = { ...COUNTERS, ...HISTOGRAMS, ...GAUGES };

describe("the table of metrics", () => {
  it("keeps the three names of before", () => {
    const older = Object.keys(ALL).filter((name) => !name.startsWith("content_catalog."));
    expect(older).toEqual([
      "contentdownload_dedup_hits_total",
      "contentdownload_gc_removed_total",
      "contentdownload_verify_failures_total",
    ]);
  });

  it.each(Object.entries(ALL))("follows the conventions: %s", (name, { unit, description }) => {
    expect(name).toMatch(/^[a-z]+([._][a-z]+)*$/);
    expect(unit).toMatch(/^(s|By|\{[a-z]+\})$/);
    expect(description).toMatch(/^[A-Z].*[^.]$/);
  });

  it.each(Object.entries(HISTOGRAMS))("has buckets that rise: %s", (_name, { unit, buckets }) => {
    expect(unit).toBe("s");
    expect([...buckets].sort((one, other) => one - other)).toEqual(buckets);
    expect(new Set(buckets).size).toBe(buckets.length);
  });

  it("has one label from outside", () => {
    const labels = Object.values({ ...COUNTERS, ...HISTOGRAMS }).flatMap(({ labels }) => Object.entries(labels));
    const open = labels.filter(([, values]) => values === null).map(([label]) => label);
    expect(new Set(open)).toEqual(new Set(["resolver"]));
  });
});
