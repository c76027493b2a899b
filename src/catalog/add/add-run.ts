import type { PlacingContext } from "../placing/placing-context.ts";
import type { AddSettings } from "./add-settings.ts";
import type { AddTally } from "./add-tally.ts";

/** What adding works with from its first file to its last. */
export interface AddRun {
  readonly context: PlacingContext;
  readonly settings: AddSettings;
  readonly tally: AddTally;
  readonly signal: AbortSignal | undefined;
  /** To be called before a row is written that is not durable by itself. */
  readonly expectSync: () => void;
}
