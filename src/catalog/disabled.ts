import { quote } from "../core/messages/quote.ts";
import { CatalogError } from "../errors.ts";
import type { SqlEngine } from "../ports/sql.ts";

/** Stands where the catalog is disabled: bytes are stored, and every look at the catalog is refused. */
export const disabledSql: SqlEngine = {
  batch: refuse,
  query: refuse,
  sync: async () => {},
  checkpoint: refuse,
  check: refuseToLook,
  describe: refuse,
  close: async () => {},
};

async function refuse(): Promise<never> {
  throw disabledError();
}

async function* refuseToLook(): AsyncGenerator<never, void, undefined> {
  yield await refuse();
}

/** The error for looking at, or writing to, a catalog that is disabled. */
export function disabledError(): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", "Cannot use the catalog: it is disabled, files are only stored", {
    details: { what: "disabled catalog" },
    hint: 'Enable it: leave out "catalog: false" and CATALOG_CATALOG=false.',
  });
}

/** The error for storing into a catalog that has no store. */
export function storelessError(): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", "Cannot store bytes: the catalog was opened without a store", {
    details: { what: "storing" },
    hint: "Give openCatalog a store, or open the catalog through a host.",
  });
}

/** The error for storing into a catalog that was opened for reading. */
export function readOnlyError(root: string): CatalogError<"READ_ONLY"> {
  return new CatalogError(
    "READ_ONLY",
    `Cannot store bytes in ${quote(root)}: the catalog was opened for reading only`,
    {
      details: { path: root },
      hint: "Open it for writing.",
    },
  );
}

/** The error for storing into a catalog that was closed. */
export function closedError(): CatalogError<"CLOSED"> {
  return new CatalogError("CLOSED", "Cannot use the catalog: it was closed", { details: { what: "catalog" } });
}
