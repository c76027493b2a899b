import type { Pin } from "../../catalog/pins/pin.ts";
import { describePinned } from "../../catalog/pins/pinned-error.ts";
import type { PinResult } from "../../catalog/pins/set-pin.ts";
import type { FoundPinTarget } from "../../catalog/pins/target/find-pin-targets.ts";
import { quote } from "../../core/messages/quote.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { UsageError } from "../exit-codes.ts";
import { formatTime } from "../output/human-text.ts";
import type { Column, JsonItem, Part } from "../output/part.ts";

const COLUMNS: readonly Column[] = [
  { title: "PINNED", shrink: true },
  { title: "REASON", shrink: true },
  { title: "SINCE" },
  { title: "UNTIL" },
];

/** The JSON line of a pin; `former` is what it was before, `catalogId` of another catalog of the root. */
export function pinItem(
  pin: Pin,
  about: { readonly former?: Pin | null; readonly catalogId?: string | null } = {},
): JsonItem {
  const { former = null, catalogId = null } = about;
  const { kind, target, reason, pinnedAt, expiresAt } = pin;
  return {
    ...{ type: "pin", catalog_id: catalogId, kind, target, reason, pinned_at: pinnedAt, expires_at: expiresAt },
    former: former && { reason: former.reason, pinned_at: former.pinnedAt, expires_at: former.expiresAt },
  };
}

/** Pins as a table; `continued` when it goes on with the part before. */
export function pinsPart(pins: readonly Pin[], continued = false): Part {
  return {
    items: () => pins.map((pin) => pinItem(pin)),
    blocks: () => [
      {
        block: "table",
        columns: COLUMNS,
        rows: pins.map((pin) => [describePinned(pin), pin.reason, formatTime(pin.pinnedAt), formatEnd(pin)]),
        continued,
      },
    ],
  };
}

/** Pins that were set, a line each. */
export function pinnedPart(pins: readonly PinResult[]): Part {
  return {
    items: () => pins.map((pin) => pinItem(pin, pin)),
    blocks: () => pins.map((pin) => ({ block: "line", text: tellPinned(pin) }) as const),
  };
}

/** Pins that ended, a line each. */
export function unpinnedPart(pins: readonly Pin[]): Part {
  return {
    items: () => pins.map((pin) => pinItem(pin)),
    blocks: () => pins.map((pin) => ({ block: "line", text: `Ended the pin on ${tellPin(pin)}.` }) as const),
  };
}

/** What a pin is on, why and until when, as part of a sentence. */
export function tellPin(pin: Pin): string {
  const until = pin.expiresAt === null ? "" : `, until ${formatTime(pin.expiresAt)}`;
  return `${describePinned(pin)} (${quote(pin.reason)}${until})`;
}

function tellPinned(pin: PinResult): string {
  const set = `Pinned ${tellPin(pin)}`;
  if (pin.former === null) return `${set}.`;
  return `${set}; before, it was ${quote(pin.former.reason)}, ${pin.former.expiresAt === null ? "for good" : `until ${formatTime(pin.former.expiresAt)}`}.`;
}

function formatEnd({ expiresAt }: Pin): string {
  return expiresAt === null ? "-" : formatTime(expiresAt);
}

/** @throws {UsageError} when a word is the start of several hashes: most likely not all of them are meant */
export function requireOneHash(word: string, found: readonly FoundPinTarget[]): void {
  const hashes = found.filter(({ key }) => key.kind === "sha256").length;
  if (hashes <= 1) return;
  throw new UsageError(`Cannot tell what ${quote(cleanSecrets(word))} is: ${hashes} hashes begin so`, {
    hint: "Give more of the hash.",
  });
}
