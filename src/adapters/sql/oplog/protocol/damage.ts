import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { CatalogFiles } from "./catalog-files.ts";

/** The error for a catalog that has to exist. */
export function missingCatalog(path: string): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot open ${quote(path)}: there is no such catalog`, {
    details: { what: "catalog", path },
    hint: "Check the path, or create the catalog first.",
  });
}

/** The error for a log whose snapshot somebody deleted. */
export function missingSnapshot({ snapshot, log }: CatalogFiles): CatalogError<"CORRUPT"> {
  const reason = `it is gone, but its log ${quote(log)} is there`;
  return new CatalogError("CORRUPT", `Cannot open ${quote(snapshot)}: ${reason}`, {
    details: { path: snapshot, reason },
    hint: "Bring the file back from where it was moved, or restore the last backup and delete the log.",
  });
}

/** The error for a log that cannot be read from its beginning. */
export function corruptLog(path: string, reason: string): CatalogError<"CORRUPT"> {
  return new CatalogError("CORRUPT", `Cannot read ${quote(path)}: ${reason}`, {
    details: { path, reason },
    hint: "Keep a copy of the file; delete it to go on with what the catalog file itself has.",
  });
}

/** The error for a snapshot and a log that do not belong together any more. */
export function diverged(path: string, reason: string): CatalogError<"DIVERGED"> {
  return new CatalogError("DIVERGED", `Cannot use ${quote(path)}: ${reason}`, {
    details: { path },
    hint: `Keep both; move ${quote(`${path}.oplog`)} away to go on without what it has, or bring the former file back.`,
  });
}
