import type { CanonicalNames } from "../files/canonical-name.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { RemovedBefore } from "../tombstones/removed-before.ts";
import type { AddSettings } from "./add-settings.ts";
import type { AddTally } from "./add-tally.ts";

/** What adding works with from its first file to its last. */
export interface AddRun {
  /** The store, and the database if there is one. */
  readonly context: PlacingContext;
  /** Tells how rows name files. */
  readonly names: CanonicalNames;
  /** What the caller asked for. */
  readonly settings: AddSettings;
  /** Counts what became of each file. */
  readonly tally: AddTally;
  /** What was removed on purpose, and is passed over where a walk comes by it. @default nothing is passed over */
  readonly removed?: RemovedBefore | undefined;
  /** Ends the whole run when it is aborted; files that were added stay. */
  readonly signal: AbortSignal | undefined;
  /** To be called before a row is written that is not durable by itself. */
  readonly expectSync: () => void;
}
