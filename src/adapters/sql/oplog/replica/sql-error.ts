import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError, isCatalogError } from "../../../../errors.ts";

/** How SQLite begins its message when pages or schema of a file make no sense. */
const DAMAGE = /^(database disk image is malformed|file is not a database|malformed database schema)/;

/** What runtimes say of a text that they have no string for: of half a gigabyte and more. */
const TOO_LONG = /^(?:Cannot create a string longer than|Invalid string length|Out of memory: string)/i;

/** What SQLite says when there is no id left to give. In memory nothing else is ever full. */
const FULL = "database or disk is full";

/** How a lack of memory shows: SQLite's own words, or those of a WebAssembly heap that cannot grow. */
const TOO_LARGE = /^out of memory|memory access out of bounds|^Aborted\(OOM|Cannot enlarge memory/;

/** The error for a database that sql.js, which holds it in memory, cannot take. */
export function tooLargeError(path: string, cause: unknown): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", `Cannot hold ${quote(path)} in memory: it is too large for sql.js`, {
    details: { what: "a database too large for sql.js" },
    cause,
    hint: "sql.js holds at most about 2 GB; split the catalog or use another engine.",
  });
}

/**
 * What a failure of sql.js means for the catalog at `path`. sql.js has no error codes, so SQLite's messages, which are
 * fixed texts, stand for them; a plain string is its way to report misuse.
 */
export function sqlError(error: unknown, path: string): unknown {
  if (typeof error === "string") return new TypeError(`Cannot run the statement: ${error}`);
  if (isCatalogError(error) || error instanceof TypeError || !(error instanceof Error)) return error;
  const { message } = error;
  if (error instanceof RangeError || TOO_LARGE.test(message)) return tooLargeError(path, error);
  if (/^(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed/.test(message)) {
    return new CatalogError("CONFLICT", `Cannot change ${quote(path)}: ${message}`, {
      details: { reason: message },
      cause: error,
    });
  }
  if (TOO_LONG.test(message)) {
    const reason = "a row has a text that is longer than any";
    return new CatalogError("CORRUPT", `Cannot read ${quote(path)}: ${reason}`, {
      details: { path, reason },
      cause: error,
      hint: "Look for the id of the row with the sqlite3 shell, and take it out: catalog remove ID",
    });
  }
  if (message === FULL) {
    const reason = "a table has used up its ids";
    return new CatalogError("CORRUPT", `Cannot change ${quote(path)}: ${reason}`, {
      details: { path, reason },
      cause: error,
      hint: "Set seq in its table sqlite_sequence to the greatest id of each table, with the sqlite3 shell.",
    });
  }
  if (DAMAGE.test(message)) {
    return new CatalogError("CORRUPT", `Cannot read ${quote(path)}: ${message}`, {
      details: { path, reason: message },
      cause: error,
      hint: "Keep the file, and restore the last backup or rescue what is left with the .recover command of sqlite3.",
    });
  }
  return new CatalogError("BACKEND", `Cannot run a statement on ${quote(path)}: ${message}`, {
    details: { what: message, path },
    cause: error,
  });
}
