import type { Clock } from "../ports/clock.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Hasher } from "../ports/hasher.ts";
import type { Logger } from "../ports/logger.ts";
import type { SqlEngine } from "../ports/sql.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** What every use case works with; put together once by `openCatalog`. */
export interface CatalogContext {
  readonly sql: SqlEngine;
  readonly fs: FileSystem;
  readonly hashers: Hashers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** The core's hasher, and the one that may take over large streams. */
export interface Hashers {
  /** What every runtime shares. */
  readonly core: Hasher;
  /** The runtime's own, if the host has one and the settings allow it. */
  readonly large?: Hasher | undefined;
}
