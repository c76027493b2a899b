import { expect, it } from "vitest";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";

it("does the work and nothing else", async () => {
  const failure = new Error("work failed");
  expect(noTelemetry.count("contentdownload_gc_removed_total", {}, 2)).toBeUndefined();
  expect(noTelemetry.record("content_catalog.ingest.duration", 1, { outcome: "ok" })).toBeUndefined();
  expect(noTelemetry.observe(() => ({ of: {}, values: new Map() }))()).toBeUndefined();
  expect(await noTelemetry.span("catalog.import", { format: "auto" }, async () => 42)).toBe(42);
  await expect(noTelemetry.span("catalog.import", {}, () => Promise.reject(failure))).rejects.toBe(failure);
});
