import type { Logger } from "../../../../ports/logger.ts";
import type { CheckpointOnClose } from "./checkpoint-log.ts";

/** When a batch that was acknowledged is on the device; see `schema/oplog-engine.md`. */
export type Durability = "commit" | "batch" | "checkpoint";

/** How one opening of a catalog wants things. Several in a process share all that is loaded and may want other things. */
export interface Manner {
  /** Nothing is written through this opening, nor by the process while it has no other. */
  readonly readOnly: boolean;
  /** How long what is called through this opening waits for another process. */
  readonly busyTimeoutMs: number;
  /** How old what is read through this opening may be. */
  readonly refreshIntervalMs: number;
  /** When the batches of this opening are on the device. */
  readonly durability: Durability;
  /** Counts once the opening has written; of several the strongest: `always`, `auto`, `never`. */
  readonly checkpointOnClose: CheckpointOnClose;
  /** Of several that can write the largest counts. */
  readonly keepSnapshots: number;
  /** Each is told what concerns the catalog, also when it was another opening that met it. */
  readonly logger?: Logger | undefined;
}
