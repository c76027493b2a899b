import { asCatalogError, hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError, type ErrorCode, isCatalogError } from "../../../../errors.ts";

/** The error for a change that may be visible and may be gone after a power failure. */
export function outcomeUnknown(path: string, cause: unknown): CatalogError<"OUTCOME_UNKNOWN"> {
  const what = "it was written, but the device did not confirm that it is durable";
  return new CatalogError("OUTCOME_UNKNOWN", `Cannot tell whether the change of ${quote(path)} will last: ${what}`, {
    details: { path },
    cause,
    hint: "Check the device, then run the same command again: what is there already is not done twice.",
  });
}

/** The codes of a file system's errors that already say that nothing was written. */
const TELLING: readonly ErrorCode[] = ["NO_SPACE", "PERMISSION", "READ_ONLY", "NOT_FOUND"];

/** `error` if it says by its code that nothing was committed, else a NOT_COMMITTED that does. */
export function notCommitted(error: unknown, path: string): unknown {
  if (isCatalogError(error) && error.code !== "BACKEND") return error;
  const named = asCatalogError(error, { verb: "write", path });
  if (isCatalogError(named) && TELLING.includes(named.code)) return named;
  const reason = named instanceof Error ? `; ${named.message}` : "";
  return new CatalogError("NOT_COMMITTED", `Cannot write ${quote(path)}: nothing was committed${reason}`, {
    details: { path },
    cause: error,
    hint: "Once the cause is gone, run the same command again.",
  });
}

/** Whether there is no space; a log can go on then, as what was written in vain is void, when there is space again. */
export function isFull(error: unknown): boolean {
  return isCatalogError(error, "NO_SPACE") || hasCode(error, "ENOSPC", "EDQUOT", "EFBIG");
}

/** The error for whoever uses what was closed. */
export function closedError(path: string): CatalogError<"CLOSED"> {
  return new CatalogError("CLOSED", `Cannot use ${quote(path)}: it was closed`, { details: { what: "catalog" } });
}

/** The error for a change through an engine that only reads. */
export function readOnlyError(path: string): CatalogError<"READ_ONLY"> {
  return new CatalogError("READ_ONLY", `Cannot change ${quote(path)}: it was opened for reading only`, {
    details: { path },
    hint: "Open it for writing.",
  });
}

/** The error for a change of a file that nobody may write. */
export function readOnlyFileError(path: string): CatalogError<"READ_ONLY"> {
  return new CatalogError("READ_ONLY", `Cannot change ${quote(path)}: the file is read-only`, {
    details: { path },
    hint: "Make it writable, or work on a copy.",
  });
}
