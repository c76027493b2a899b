import type { Telemetry } from "../../ports/telemetry.ts";

/** Measures as another does; what fails there fails nothing here, and work is done once, whatever becomes of its span. */
export function guardTelemetry(telemetry: Telemetry): Telemetry {
  return {
    count: (...counted) => attempt(() => telemetry.count(...counted)),
    record: (...recorded) => attempt(() => telemetry.record(...recorded)),
    observe: (read) => {
      let end: (() => void) | undefined;
      attempt(() => {
        end = telemetry.observe(read);
      });
      return () => attempt(() => end?.());
    },
    span: async (name, attributes, work) => {
      let running: ReturnType<typeof work> | undefined;
      const once = (): ReturnType<typeof work> => {
        running ??= work();
        return running;
      };
      try {
        await telemetry.span(name, attributes, once);
      } catch {
        // Either that failed, which is nothing to us, or the work did, which is told by it.
      }
      return once();
    },
  };
}

function attempt(measure: () => void): void {
  try {
    measure();
  } catch {
    // Nobody is to fail because somebody wants to know how it goes.
  }
}
