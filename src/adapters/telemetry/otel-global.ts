import type { Telemetry } from "../../ports/telemetry.ts";
import { OtelTelemetry } from "./_otel-telemetry.ts";
import { guardTelemetry } from "./guarded.ts";
import type { OtelMeterProvider, OtelTracerProvider } from "./otel.ts";

/** Where `@opentelemetry/api` of major version 1 keeps what was registered, for all of its copies. */
const REGISTERED: symbol = Symbol.for("opentelemetry.js.api.1");

/** The versions that have all that is used: a version 1 from 1.3 on. One that is no release fits only itself. */
const KNOWN_VERSION = /^1\.(?:[3-9]|\d\d+)\.\d+$/;

/** What is kept there. */
interface Registered {
  readonly version?: unknown;
  readonly metrics?: OtelMeterProvider;
  readonly trace?: OtelTracerProvider;
}

/**
 * Measurements for whichever OpenTelemetry SDK the program has registered, now or later; also for that of Deno. Nothing is
 * imported for it, and without an SDK it costs a look at a global.
 */
export function createGlobalTelemetry(): Telemetry {
  return guardTelemetry(
    new OtelTelemetry({ meters: () => findRegistered()?.metrics, tracers: () => findRegistered()?.trace }),
  );
}

function findRegistered(): Registered | undefined {
  const registered: Registered | undefined = Reflect.get(globalThis, REGISTERED);
  return typeof registered?.version === "string" && KNOWN_VERSION.test(registered.version) ? registered : undefined;
}
