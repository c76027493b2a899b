import type { Telemetry } from "../../ports/telemetry.ts";

/** Measures nothing. */
export const noTelemetry: Telemetry = {
  count: () => {},
  record: () => {},
  observe: () => () => {},
  span: (_name, _attributes, work) => work(),
};
