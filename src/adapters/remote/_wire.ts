import { CatalogError, type ErrorCode, isCatalogError } from "../../errors.ts";

/** An error as it travels: what a structured clone would lose is copied field by field. */
export interface WireError {
  /** What kind of error it is, for example `TypeError`. */
  readonly name: string;
  /** For people. */
  readonly message: string;
  /** Of the side where it was thrown. */
  readonly stack?: string | undefined;
  /** Of errors of file systems and of the catalog. */
  readonly code?: string | undefined;
  /** Of errors of the catalog. */
  readonly catalog?: { readonly details: unknown; readonly hint: string | undefined } | undefined;
  /** What it was caused by, if that was an error. */
  readonly cause?: WireError | undefined;
}

/** An error, for {@link decodeError} on the other side. */
export function encodeError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    code: "code" in error && typeof error.code === "string" ? error.code : undefined,
    catalog: isCatalogError(error) ? { details: error.details, hint: error.hint } : undefined,
    cause: cause === undefined ? undefined : encodeError(cause),
  };
}

/** Errors that say that a call was wrong. */
const MISUSE: ReadonlyMap<string, new (message: string) => Error> = new Map<string, new (message: string) => Error>([
  ["TypeError", TypeError],
  ["RangeError", RangeError],
  ["SyntaxError", SyntaxError],
]);

/** The error that {@link encodeError} was given, as far as programs can tell. */
export function decodeError(wire: WireError): Error {
  const { name, message, stack, code, catalog } = wire;
  const cause = wire.cause && decodeError(wire.cause);
  if (catalog !== undefined) {
    // Both sides are of one version, which the greeting makes sure of: code and details belong together.
    const { details, hint } = catalog as { details: CatalogError["details"]; hint: string | undefined };
    const error = new CatalogError(code as ErrorCode, message, {
      details,
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
    return withStack(error, stack);
  }
  const error = new (MISUSE.get(name) ?? Error)(message);
  if (error.name !== name) error.name = name;
  if (cause !== undefined) error.cause = cause;
  return withStack(code === undefined ? error : Object.assign(error, { code }), stack);
}

function withStack(error: Error, stack: string | undefined): Error {
  if (stack !== undefined) error.stack = stack;
  return error;
}
