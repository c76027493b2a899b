import type { CatalogContext } from "./context.ts";
import { closedError, readOnlyError, storelessError } from "./disabled.ts";
import type { PlacingContext } from "./placing/placing-context.ts";

/** What a capability makes its methods from: what every use case works with, and what an open catalog allows. */
export interface CapabilityContext extends CatalogContext {
  /**
   * What placing works with.
   * @throws {CatalogError} CLOSED, UNSUPPORTED or READ_ONLY when the catalog was closed, has no store, or only reads
   */
  requirePlacing(): PlacingContext;
  /** Closes the SQL engine; from then on every capability is refused. Closing twice is safe. */
  close(): Promise<void>;
}

/** Puts together what capabilities work with, for one opening of a catalog. */
export function createCapabilityContext(
  context: CatalogContext,
  options: { readonly placing: PlacingContext | undefined; readonly readOnly: boolean },
): CapabilityContext {
  const { placing, readOnly } = options;
  let closing: Promise<void> | undefined;
  return {
    ...context,
    requirePlacing: () => {
      if (closing !== undefined) throw closedError();
      if (placing === undefined) throw storelessError();
      if (readOnly) throw readOnlyError(placing.store.root);
      return placing;
    },
    close: () => {
      closing ??= context.sql.close();
      return closing;
    },
  };
}
