import { DROP_REASONS, KEEP_REASONS } from "../retention/reasons.ts";
import { isSha256 } from "../sha256.ts";
import type { StorageUri } from "../storage-uri.ts";
import { isTimestamp } from "../timestamp.ts";
import { type Fields, isCount, isOneOf, isText, wrong } from "./_line-fields.ts";
import {
  MAX_SHOWN_NAME,
  type PlanAction,
  type PlanActionKind,
  type PlannedRow,
  type PlanReason,
  ROW_ACTIONS,
  type RowActionKind,
} from "./plan-action.ts";

/** Whether an action is one on a row. */
export function isRowAction(action: PlanActionKind): action is RowActionKind {
  return isOneOf<RowActionKind>(ROW_ACTIONS, action);
}

/** The line of an action on a row, without its line feed. */
export function formatRowAction({ action, uri, bytes, reason }: PlanAction, row: PlannedRow): string {
  const { id, artifactId, sourceUrl, resolver, sha256, createdAt, updatedAt } = row;
  const key = { id, artifact_id: artifactId, source_url: sourceUrl, resolver };
  const state = { uri, bytes, sha256, created_at: createdAt, updated_at: updatedAt };
  return JSON.stringify({ type: "plan", action, ...key, ...state, reason });
}

/** Reads the fields of such a line. @throws {SyntaxError} for what stands in none */
export function parseRowAction(fields: Fields & { readonly action: RowActionKind }): PlanAction {
  const { action, uri, bytes, reason } = fields;
  const reasons: readonly PlanReason[] = action === "drop_row" ? DROP_REASONS : KEEP_REASONS;
  if (!isOneOf<PlanReason>(reasons, reason)) throw wrong("reason", reason);
  const isDamaged = reason === "damaged";
  if (!isText(uri) && !(isDamaged && uri === "")) throw wrong("uri", uri);
  if (!isCount(bytes)) throw wrong("bytes", bytes);
  const file = { since: null, ripeAt: null, modifiedMs: null, identity: null };
  return { action, uri: uri as StorageUri, bytes, ...file, reason, row: parseRow(fields, isDamaged) };
}

/** Of a damaged row, `null` may stand for what cannot be read. */
function parseRow(fields: Fields, isDamaged: boolean): PlannedRow {
  const { id, sha256 } = fields;
  if (!isCount(id) || id === 0) throw wrong("id", id);
  if (sha256 !== null && !isSha256(sha256)) throw wrong("sha256", sha256);
  const read = <Value>(field: string, is: (value: unknown) => value is Value): Value | null => {
    const value = fields[field];
    if (is(value)) return value;
    if (isDamaged && value === null) return null;
    throw wrong(field, value);
  };
  return {
    id,
    artifactId: read("artifact_id", isName),
    sourceUrl: read("source_url", isName),
    resolver: read("resolver", isName),
    sha256,
    createdAt: read("created_at", isTimestamp),
    updatedAt: read("updated_at", isTimestamp),
  };
}

function isName(value: unknown): value is string {
  return isText(value) && value.length <= MAX_SHOWN_NAME;
}
