import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { type Resolved, resolveIncidents, resolveUnnamed, respellIncident } from "./incident-statements.ts";
import { deleteUnnamed, deleteVerification, moveVerification, respellVerification } from "./ledger-statements.ts";

/**
 * What belongs into a batch, behind the statements by which rows leave a place: if no row names that any more, what was
 * verified there is forgotten, and its incident ends.
 */
export function leavePlace(uri: StorageUri, resolved: Resolved): readonly SqlStatement[] {
  return [deleteUnnamed(uri), resolveUnnamed(uri, resolved)];
}

/** So many statements {@link leavePlace} and {@link leaveLost} give. */
export const LEAVING = 2;

/** The same where the bytes of a row were lost or damaged and are stored anew; at the same place they are good again. */
export function leaveLost(lost: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  if (lost !== to) return leavePlace(lost, { now, resolution: "relocated" });
  return [deleteVerification(to), resolveIncidents([to], { now, resolution: "repaired" })];
}

/** The same where a row follows its file: what was verified goes along when the last row does, unless it is bad. */
export function followFile(from: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  return [moveVerification(from, to), ...leavePlace(from, { now, resolution: "relocated" })];
}

/** The same where a place only gets another text: what is known of it goes along when the last row does. */
export function respellPlace(from: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  return [
    respellVerification(from, to),
    respellIncident(from, to),
    ...leavePlace(from, { now, resolution: "relocated" }),
  ];
}
