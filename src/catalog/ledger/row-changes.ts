import type { StorageUri } from "../../core/storage-uri.ts";
import type { Timestamp } from "../../core/timestamp.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import { followPlace } from "../pins/pin-rows-statements.ts";
import { type Resolved, resolveIncidents, resolveUnnamed, respellIncident } from "./incident-statements.ts";
import { deleteUnnamed, deleteVerification, moveVerification, respellVerification } from "./ledger-statements.ts";

/**
 * What belongs into a batch, behind the statements by which rows leave a place: if no row names that any more, what was
 * verified there is forgotten, and its incident ends.
 */
export function leavePlace(uri: StorageUri, resolved: Resolved): readonly SqlStatement[] {
  return [deleteUnnamed(uri), resolveUnnamed(uri, resolved)];
}

/** So many statements {@link leavePlace} gives. */
export const LEAVING = 2;

/** So many statements {@link leaveLost} gives. */
export const LEAVING_LOST: number = LEAVING + 1;

/**
 * The same where the bytes of a row were lost or damaged and are stored anew, and a pin on them follows; at the same place
 * they are good again.
 */
export function leaveLost(lost: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  const followed = followPlace(lost, to);
  if (lost !== to) return [followed, ...leavePlace(lost, { now, resolution: "relocated" })];
  return [followed, deleteVerification(to), resolveIncidents([to], { now, resolution: "repaired" })];
}

/**
 * The same where a row follows its file: what was verified goes along when the last row does, unless it is bad; a pin on
 * the place goes along at once.
 */
export function followFile(from: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  return [moveVerification(from, to), followPlace(from, to), ...leavePlace(from, { now, resolution: "relocated" })];
}

/** The same where a place only gets another text: what is known of it goes along when the last row does. */
export function respellPlace(from: StorageUri, to: StorageUri, now: Timestamp): readonly SqlStatement[] {
  return [
    respellVerification(from, to),
    respellIncident(from, to),
    followPlace(from, to),
    ...leavePlace(from, { now, resolution: "relocated" }),
  ];
}
