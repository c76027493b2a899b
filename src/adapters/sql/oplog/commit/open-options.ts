import type { Logger } from "../../../../ports/logger.ts";
import type { Telemetry } from "../../../../ports/telemetry.ts";
import type { CheckpointOnClose } from "./checkpoint-log.ts";

/** When a batch that was acknowledged is on the device; see `schema/oplog-engine.md`. */
export type Durability = "commit" | "batch" | "checkpoint";

/** The options of one opening of a catalog. Several in a process share all that is loaded, and may have other options. */
export interface OpenOptions {
  /** Nothing is written through this opening, nor by the process while it has no other. */
  readonly readOnly: boolean;
  /** How long a call through this opening waits for another process. */
  readonly busyTimeoutMs: number;
  /** How old the data may be that is read through this opening. */
  readonly refreshIntervalMs: number;
  /** When the batches of this opening are on the device. */
  readonly durability: Durability;
  /** Counts once the opening has written; of several the strongest counts: `always`, `auto`, `never`. */
  readonly checkpointOnClose: CheckpointOnClose;
  /** Of several that can write the largest counts. */
  readonly keepSnapshots: number;
  /** Each hears what concerns the catalog, also when another opening met it. */
  readonly logger?: Logger | undefined;
  /** One of all is told how long things take, so that each counts once. */
  readonly telemetry?: Pick<Telemetry, "record"> | undefined;
}
