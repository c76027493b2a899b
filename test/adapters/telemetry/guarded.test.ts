import { describe, expect, it } from "vitest";
import { guardTelemetry } from "../../../src/adapters/telemetry/guarded.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Telemetry } from "../../../src/ports/telemetry.ts";

const throwing = (): never => {
  throw new Error("the SDK failed");
};

const read = () => ({ of: {}, values: new Map() });

describe("a telemetry that throws", () => {
  it("fails no measurement", () => {
    const telemetry = guardTelemetry({ count: throwing, record: throwing, observe: throwing, span: throwing });
    telemetry.count("contentdownload_gc_removed_total", {});
    telemetry.record("content_catalog.ingest.duration", 1, { outcome: "ok" });
    telemetry.observe(read)();
    guardTelemetry({ ...noTelemetry, observe: () => throwing }).observe(read)();
  });

  it.each<[string, Telemetry["span"]]>([
    ["before the work", throwing],
    ["after it", async (_name, _attributes, work) => work().then(throwing, throwing)],
    [
      "beside it",
      (_name, _attributes, work) => {
        void work().catch(() => undefined);
        return throwing();
      },
    ],
    ["never, but does no work,", async () => 1 as never],
  ])("%s leaves the work as it is, done once", async (_when, span) => {
    const telemetry = guardTelemetry({ ...noTelemetry, span });
    let runs = 0;
    const work = async (): Promise<number> => {
      runs += 1;
      return 42;
    };
    expect(await telemetry.span("catalog.import", {}, work)).toBe(42);
    expect(runs).toBe(1);
    const failure = new Error("work failed");
    await expect(telemetry.span("catalog.import", {}, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
