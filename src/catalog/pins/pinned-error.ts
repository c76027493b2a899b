import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { Pin, PinKey, PinKind } from "./pin.ts";

const NAMES: Readonly<Record<PinKind, (target: string) => string>> = {
  document: (target) => `document ${target}`,
  artifact: (target) => `artifact ${quote(target)}`,
  sha256: (target) => `SHA-256 ${target}`,
  uri: (target) => quote(target, 1000),
};

/** What a pin is on, as part of a sentence. */
export function describePinned({ kind, target }: PinKey): string {
  return NAMES[kind](target);
}

/** Which pin holds something: second half of a sentence that names what it holds. */
export function describePin(pin: Pin): string {
  const until = pin.expiresAt === null ? "" : `, until ${pin.expiresAt}`;
  return `it is pinned, by the pin on ${describePinned(pin)} (${quote(pin.reason)}${until})`;
}

/** The error for something that a pin holds. `what` is to be done to it: "remove document 5". */
export function pinnedError(what: string, pin: Pin): CatalogError<"REFUSED"> {
  return new CatalogError("REFUSED", `Cannot ${what}: ${describePin(pin)}`, {
    details: { guard: PINNED },
    hint: `End the pin first, with "catalog unpin" or unpin(), if it is not needed any more.`,
  });
}

/** The guard of {@link pinnedError}. */
export const PINNED = "pinned";
