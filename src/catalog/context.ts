import type { Clock } from "../ports/clock.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Hasher } from "../ports/hasher.ts";
import type { Logger } from "../ports/logger.ts";
import type { SqlEngine } from "../ports/sql.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Closing } from "./closing-source.ts";
import type { SlotSource } from "./concurrency/slots.ts";

/** What every use case works with; put together once by `openCatalog`. */
export interface CatalogContext {
  /** Where records are. */
  readonly sql: SqlEngine;
  /** Files of the machine, for manifests and for what `finalize` and `add` are told of. */
  readonly fs: FileSystem;
  /** What computes SHA-256. */
  readonly hashers: Hashers;
  /** What `createdAt`, `updatedAt` and waits go by. */
  readonly clock: Clock;
  /** Where log lines go. */
  readonly logger: Logger;
  /** Where measurements go. */
  readonly telemetry: Telemetry;
  /** Whether the catalog closes; nothing waits long for a source from then on. @default never */
  readonly closing?: Closing | undefined;
  /** Bounds how many calls have files open and bytes in memory. @default none */
  readonly slots?: SlotSource | undefined;
}

/** The core's hasher, and the one that may take over large streams. */
export interface Hashers {
  /** What every runtime shares. */
  readonly core: Hasher;
  /** The runtime's own, if the host has one and the settings allow it. */
  readonly large?: Hasher | undefined;
}
