import type { Incident } from "../../../catalog/ledger/history/incident.ts";
import type { LedgerEntry } from "../../../catalog/ledger/ledger-entry.ts";
import type { PlaceExplanation } from "../../../catalog/why/explanation.ts";
import { decodePathOfUri } from "../../../core/storage-uri.ts";
import type { IncidentResolution } from "../../../core/verification/incident-resolution.ts";
import type { VerificationStrength } from "../../../core/verification/verification.ts";
import { formatTime } from "../../output/human-text.ts";

/** What was verified of a place and what was found bad, as lines for people. */
export function tellVerified({ verified, incidents, documents, variants }: PlaceExplanation): readonly string[] {
  const never = documents.length + variants.length > 0 ? ["never verified"] : [];
  return [...(verified === null ? never : [tellEntry(verified)]), ...incidents.map(tellIncident)];
}

const COMPARED: Readonly<Record<VerificationStrength, string>> = {
  full: "its hash was compared",
  provider: "the checksum of its store was compared",
  size: "only its size was compared",
  none: "nothing was compared",
};

function tellEntry({ result, reason, strength, checkedAt, okAt, badSince }: LedgerEntry): string {
  const when = `verified ${formatTime(checkedAt)}: `;
  if (result === "ok") return `${when}ok, ${COMPARED[strength]}`;
  if (result === "unchecked") {
    return `${when}unchecked, ${reason === "no_store" ? "nobody here can look there" : "no hash is on record, its size was compared"}`;
  }
  const since = badSince === null ? "" : `; bad since ${formatTime(badSince)}`;
  return `${when}${nameResult({ result, reason })}${since}${okAt === null ? "" : `; last ok ${formatTime(okAt)}`}`;
}

function nameResult({ result, reason }: Pick<LedgerEntry, "result" | "reason">): string {
  return reason === null ? result : `${result}, ${reason.replaceAll("_", " ")}`;
}

const ENDS: Readonly<Record<IncidentResolution, string>> = {
  verified: "found good again",
  repaired: "repaired",
  replaced: "its row took other bytes",
  relocated: "its row names another place",
  removed: "its row was removed",
};

function tellIncident(incident: Incident): string {
  const { foundAt, quarantine, resolvedAt, resolution } = incident;
  const aside = quarantine === null ? "" : `; its bytes are in ${decodePathOfUri(quarantine) ?? quarantine}`;
  const how = resolution === null ? "over" : ENDS[resolution];
  const end = resolvedAt === null ? "still so" : `${how} ${formatTime(resolvedAt)}`;
  return `${formatTime(foundAt)}  turned bad: ${nameResult(incident)}${aside}; ${end}`;
}
