/**
 * What each error code carries. Codes are append-only: a released code is never renamed or given another meaning.
 * `schema/README.md` has a paragraph on each.
 */
export interface ErrorDetails {
  /** The thing asked for does not exist. */
  NOT_FOUND: { readonly what: string; readonly path?: string };
  /** The request contradicts what is stored, for example a constraint of the database. */
  CONFLICT: { readonly reason: string };
  /** Bytes do not hash to the digest on record. */
  INTEGRITY: { readonly expected: string; readonly actual: string; readonly path?: string };
  /** Bytes are not as many as on record. Sizes in bytes. */
  SIZE_MISMATCH: { readonly expected: number; readonly actual: number; readonly path?: string };
  /** The catalog file is damaged, or is no catalog at all. A row that is damaged is named instead of the file. */
  CORRUPT: { readonly path?: string; readonly reason: string; readonly row?: DamagedRow };
  /** The catalog was written by a newer version of this package. */
  SCHEMA_TOO_NEW: { readonly path: string; readonly found: number; readonly supported: number };
  /** The catalog file was changed by another tool in a way that cannot be reconciled. */
  DIVERGED: { readonly path: string };
  /** Another writer holds the catalog; retry later. */
  BUSY: { readonly path: string; readonly holder: string; readonly waitedMs: number };
  /** The catalog or the file system accepts no writes. */
  READ_ONLY: { readonly path: string };
  /** The device or the quota is full. */
  NO_SPACE: { readonly path: string };
  /** The operating system denied access. */
  PERMISSION: { readonly path: string };
  /** A service did not answer; retry later. */
  UNAVAILABLE: { readonly what: string };
  /** The database, file system or store failed in a way that has no code of its own. */
  BACKEND: { readonly what: string; readonly path?: string };
  /** This build, runtime or adapter cannot do that. */
  UNSUPPORTED: { readonly what: string };
  /** A guard said no, to something about the file at `path` where it has one. */
  REFUSED: { readonly guard: string; readonly path?: string };
  /** The catalog was closed before the call. */
  CLOSED: { readonly what: string };
  /** A configuration file, environment variable, flag or option has a value that cannot be used. */
  CONFIGURATION: { readonly origin: string; readonly key?: string };
  /** The write provably did not happen. */
  NOT_COMMITTED: { readonly path: string };
  /** The write may or may not have happened; read before trying again. */
  OUTCOME_UNKNOWN: { readonly path: string };
}

/** Which row holds what no row may. */
export interface DamagedRow {
  /** Of the database. */
  readonly table: string;
  /** Of the row; `null` when that is what is wrong. */
  readonly id: number | null;
  /** The column with the value. */
  readonly column: string;
}

/** The name of an error condition, stable across versions. */
export type ErrorCode = keyof ErrorDetails;

/** What may be said about a {@link CatalogError} beside its message. */
export interface CatalogErrorOptions<Code extends ErrorCode> {
  /** What programs can use of the error, as its code has it. */
  readonly details: ErrorDetails[Code];
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** What to do next, as one sentence for people. */
  readonly hint?: string;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["BUSY", "UNAVAILABLE"]);

/** The one error class of the catalog. Tell errors apart by `code` with {@link isCatalogError}, never by message. */
export class CatalogError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Always the same; with it {@link isCatalogError} knows errors of another copy of the package. */
  override readonly name = "CatalogError";
  /** The condition, by which errors are told apart. */
  readonly code: Code;
  /** What programs can use of the error, as its code has it: paths, sizes, digests. */
  readonly details: ErrorDetails[Code];
  /** What to do next, as one sentence for people. */
  readonly hint: string | undefined;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  /** Made by the catalog and by adapters; `message` reads `Cannot <verb> <thing>: <what is>`, without secrets. */
  constructor(code: Code, message: string, options: CatalogErrorOptions<Code>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.hint = options.hint;
    this.retryable = RETRYABLE.has(code);
  }
}

/**
 * Tells whether `error` is a {@link CatalogError}, with `code` if one is given.
 * It goes by name and code, so it also holds for errors of a second copy of the package.
 */
export function isCatalogError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is CatalogError<Code> {
  if (!(error instanceof Error) || error.name !== "CatalogError" || !("code" in error)) return false;
  return code === undefined || error.code === code;
}
