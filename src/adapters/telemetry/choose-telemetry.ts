import type { Telemetry } from "../../ports/telemetry.ts";
import { guardTelemetry } from "./guarded.ts";
import { noTelemetry } from "./none.ts";
import { createGlobalTelemetry } from "./otel-global.ts";

/** Where measurements go: where the program says, nowhere with `false`, else to the SDK that is registered, if one is. */
export function chooseTelemetry(given: Telemetry | false | undefined): Telemetry {
  if (given === false) return noTelemetry;
  return given === undefined ? createGlobalTelemetry() : guardTelemetry(given);
}
