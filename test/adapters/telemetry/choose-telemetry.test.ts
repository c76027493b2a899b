import { expect, it } from "vitest";
import type { chooseTelemetry } from "../../../src/adapters/telemetry/choose-telemetry.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import { openCatalog } from "../../../src/hosts/memory.ts";

const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/** What a catalog tells an SDK that is registered, and a telemetry of its own. */
async function measure(
  telemetry: Parameters<typeof chooseTelemetry>[0] | "mine",
): Promise<{ sdk: number; mine: number }> {
  const told = { sdk: 0, mine: 0 };
  const instrument = { add: () => void told.sdk++, record: () => undefined, addCallback: () => undefined };
  const make = (): typeof instrument => instrument;
  const meter = { createCounter: make, createHistogram: make, createObservableGauge: make };
  Reflect.set(globalThis, REGISTERED, { version: "1.9.1", metrics: { getMeter: () => meter } });
  try {
    const mine = { ...noTelemetry, count: () => void told.mine++ };
    const catalog = await openCatalog({ telemetry: telemetry === "mine" ? mine : telemetry });
    const meta = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
    await catalog.ingest(new TextEncoder().encode("hello"), meta);
    await catalog.close();
    return told;
  } finally {
    Reflect.deleteProperty(globalThis, REGISTERED);
  }
}

it("is the SDK that is registered, nothing with false, or what the program brings along", async () => {
  expect(await measure(undefined)).toEqual({ sdk: 2, mine: 0 });
  expect(await measure(false)).toEqual({ sdk: 0, mine: 0 });
  expect(await measure("mine")).toEqual({ sdk: 0, mine: 2 });
});
