import type { SettingsInput } from "../core/settings.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { OpenMode } from "./_open-with-ports.ts";

/** Options of `openCatalog`: the settings, and what the program brings along. */
export interface HostOpenOptions extends SettingsInput {
  /**
   * `create` makes a catalog that is missing, `write` and `read` answer it with `NOT_FOUND`; `read` writes nothing at
   * all and works on read-only file systems.
   * @default "create"
   */
  readonly mode?: OpenMode | undefined;
  /** Where log lines go. @default nowhere */
  readonly logger?: Logger | undefined;
  /**
   * Where measurements go; `false`: nowhere. @default to the OpenTelemetry SDK that the program has registered, now or
   * later, if any
   */
  readonly telemetry?: Telemetry | false | undefined;
}
