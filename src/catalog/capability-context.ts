import type { OnChange } from "../core/outcome.ts";
import type { CatalogContext } from "./context.ts";
import { readOnlyError, storelessError } from "./disabled.ts";
import type { PlacingContext } from "./placing/placing-context.ts";

/** For how long things are kept, in days, and how many of them. */
export interface KeepingTimes {
  /** Bytes must be unreferenced for so long before they are collected. */
  readonly orphanTtlDays: number;
  /** What is collected into the trash is kept for so long. */
  readonly trashTtlDays: number;
  /** Rows are kept for so long where no rule of retention is given; 0: there is no such rule. */
  readonly retentionDays: number;
  /** So many good copies of each artifact stay whatever the rules of retention say. */
  readonly keepCopies: number;
}

/** What a capability makes its methods from: what every use case works with, and what an open catalog allows. */
export interface CapabilityContext extends CatalogContext {
  /**
   * What placing works with.
   * @throws {CatalogError} UNSUPPORTED or READ_ONLY when the catalog has no store, or only reads
   */
  requirePlacing(): PlacingContext;
  /** What placing would work with, to look at; `undefined` where the catalog has no store. */
  readonly placing: PlacingContext | undefined;
  /** What is done when a key comes again with other bytes and the call does not say. */
  readonly onChange: OnChange;
  /** For how long things are kept where the call does not say. */
  readonly keeping: KeepingTimes;
  /** Nothing is written, as far as the catalog itself goes. */
  readonly readOnly: boolean;
}

/** Puts together what capabilities work with, for one opening of a catalog. */
export function createCapabilityContext(
  context: CatalogContext,
  options: {
    readonly placing: PlacingContext | undefined;
    readonly readOnly: boolean;
    readonly onChange?: OnChange | undefined;
    readonly keeping: KeepingTimes;
  },
): CapabilityContext {
  const { placing, readOnly, onChange = "keep", keeping } = options;
  return {
    ...context,
    placing,
    onChange,
    keeping,
    readOnly,
    requirePlacing: () => {
      if (placing === undefined) throw storelessError();
      if (readOnly) throw readOnlyError(placing.store.root);
      return placing;
    },
  };
}
