import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";

/** The values of {@link FetchFailureKind}. */
export const FETCH_FAILURES: readonly FetchFailureKind[] = ["gone", "other_size", "refused", "unavailable"];

/**
 * Why a source did not give the bytes:
 * - `gone`: it says that it has them no more
 * - `other_size`: it has more or fewer, and these were not read
 * - `refused`: it is not asked, or not followed
 * - `unavailable`: it did not answer, or not with what it has; another time it may
 */
export type FetchFailureKind = "gone" | "other_size" | "refused" | "unavailable";

/** A source that did not give the bytes. */
export interface FetchFailure {
  /** Why. */
  readonly kind: FetchFailureKind;
  /** The end of a sentence that begins with the source; no secrets. */
  readonly message: string;
}

/** What an error of a request, or of a body, means. */
export function describeFetchError(error: unknown, { hostname }: URL): FetchFailure {
  if (isCatalogError(error, "UNSUPPORTED")) {
    return { kind: "refused", message: "this runtime does not say which address it would connect to" };
  }
  if (!isCatalogError(error, "REFUSED")) return { kind: "unavailable", message: describeConnection(error) };
  if (!isAddress(error)) return { kind: "refused", message: error.message.replace(/^Cannot fetch ".*?": /s, "") };
  const message = `the host ${quote(hostname)} has no public address, and private ones are not allowed`;
  return { kind: "refused", message };
}

function isAddress({ details }: CatalogError<"REFUSED">): boolean {
  return details.guard === "address";
}

/** Errors of the system are told by their code alone. */
function describeConnection(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === "string" ? `it cannot be read (${code})` : cleanSecrets(String(message));
}
