import { quote } from "../../../core/messages/quote.ts";
import { CatalogError, isCatalogError } from "../../../errors.ts";

/** What was tried with R2, for messages. */
export interface R2Action {
  /** In its plain form, for example "read". */
  readonly verb: string;
  /** The URI of the blob, or of the bucket. */
  readonly uri: string;
  /** What the bytes should hash to. */
  readonly sha256?: string | undefined;
}

/** The numbers at the end of R2's messages: internal error, service unavailable, too many requests. */
const PASSING = ["10001", "10043", "10058"];
/** Unauthorized, access denied. */
const DENIED = ["10002", "10003"];
const BAD_DIGEST = "10037";

/** Does `work` with a binding; what the binding throws becomes a `CatalogError`. */
export async function withR2<Result>(action: R2Action, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asR2Failure(error, action);
  }
}

/** What a binding threw, as a `CatalogError`; what is one stays. */
export function asR2Failure(cause: unknown, { verb, uri, sha256 = "" }: R2Action): unknown {
  if (isCatalogError(cause) || !(cause instanceof Error)) return cause;
  const what = cause.message;
  const message = `Cannot ${verb} ${quote(uri)}: R2 says ${quote(what)}`;
  const number = /\((\d+)\)\s*$/.exec(what)?.[1] ?? "";
  if (number === BAD_DIGEST) {
    const details = { expected: sha256, actual: /Actual SHA-256 was: ([0-9a-f]{64})/.exec(what)?.[1] ?? "", path: uri };
    return new CatalogError("INTEGRITY", message, { details, cause, hint: "Nothing was stored; get the bytes again." });
  }
  if (PASSING.includes(number)) {
    const hint = "Nothing that was acknowledged is lost; try again later.";
    return new CatalogError("UNAVAILABLE", message, { details: { what: "R2" }, cause, hint });
  }
  if (DENIED.includes(number)) {
    const hint = "Check the R2 binding of the worker.";
    return new CatalogError("PERMISSION", message, { details: { path: uri }, cause, hint });
  }
  return new CatalogError("BACKEND", message, { details: { what: "R2", path: uri }, cause });
}
