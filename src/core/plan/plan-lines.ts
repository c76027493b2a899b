import { MAX_KEEP_COPIES } from "../retention/copy-unit.ts";
import { isSha256 } from "../sha256.ts";
import { isTimestamp } from "../timestamp.ts";
import { type Fields, isCount, isOneOf, isText, parseFields, requireExact, show, wrong } from "./_line-fields.ts";
import { formatRowAction, isRowAction, parseRowAction } from "./_row-lines.ts";
import {
  FILE_REASONS,
  type FileActionKind,
  type FileReason,
  isRowReason,
  PLAN_ACTIONS,
  PLAN_VERBS,
  type PlanAction,
  type PlanFoot,
  type PlanHead,
  type PlannedPolicy,
  type PlanReason,
  type PlanVerb,
} from "./plan-action.ts";

/** What the first line of a plan says that it is. */
const FORMAT = "content-catalog plan";

/** The version of the format that is written, and the only one that is read. */
const VERSION = 1;

/** What is longer is no line of a plan, in bytes of UTF-8 with its line feed. */
export const MAX_PLAN_LINE_BYTES = 65_536;

/** The first line of a plan, without its line feed. */
export function formatPlanHead(head: PlanHead): string {
  const { verb, catalogId, root, sequence, createdAt, retention } = head;
  const about = { verb, catalog_id: catalogId, root, sequence, created_at: createdAt };
  const goesBy = retention && { keep_copies: retention.keepCopies, policy: retention.policy };
  return JSON.stringify({ type: "head", format: FORMAT, version: VERSION, ...about, ...goesBy });
}

/** The line of an action, without its line feed. */
export function formatPlanAction(line: PlanAction): string {
  if (line.row !== undefined) return formatRowAction(line, line.row);
  const { action, uri, bytes, since, ripeAt, reason, modifiedMs, identity, from } = line;
  const times = { since, ripe_at: ripeAt };
  const file = { modified_ms: modifiedMs, identity };
  return JSON.stringify({ type: "plan", action, uri, bytes, ...times, reason, ...file, from });
}

/** The last line of a plan, without its line feed. */
export function formatPlanFoot({ actions, bytes, sha256 }: PlanFoot): string {
  return JSON.stringify({ type: "foot", actions, bytes, sha256 });
}

/** Reads the first line of a plan. @throws {SyntaxError} for one that is not written just as {@link formatPlanHead} does */
export function parsePlanHead(text: string): PlanHead {
  const fields = parseFields(text);
  if (fields["type"] !== "head" || fields["format"] !== FORMAT) throw new SyntaxError("it is no plan");
  const { version, verb, catalog_id: catalogId, root, sequence, created_at: createdAt } = fields;
  if (version !== VERSION) {
    throw new SyntaxError(`it is of version ${show(version)}, and this program reads version ${VERSION}`);
  }
  if (!isOneOf<PlanVerb>(PLAN_VERBS, verb)) throw wrong("verb", verb);
  if (typeof catalogId !== "string" || !/^[0-9a-f]{32}$/.test(catalogId)) throw wrong("catalog_id", catalogId);
  if (typeof root !== "string" || root === "") throw wrong("root", root);
  if (!isCount(sequence)) throw wrong("sequence", sequence);
  if (!isTimestamp(createdAt)) throw wrong("created_at", createdAt);
  const about = { verb, catalogId, root, sequence, createdAt };
  const head = verb === "retention" ? { ...about, retention: parsePolicy(fields) } : about;
  return requireExact(text, head, formatPlanHead);
}

function parsePolicy({ keep_copies: keepCopies, policy }: Fields): PlannedPolicy {
  if (!isCount(keepCopies) || keepCopies > MAX_KEEP_COPIES) throw wrong("keep_copies", keepCopies);
  if (!isText(policy)) throw wrong("policy", policy);
  return { keepCopies, policy };
}

/** Reads the line of an action. @throws {SyntaxError} for one that is not written just as {@link formatPlanAction} does */
export function parsePlanAction(text: string): PlanAction {
  const fields = parseFields(text);
  const { type, action, uri, bytes, since, ripe_at: ripeAt, reason, modified_ms: modifiedMs, identity, from } = fields;
  if (type !== "plan") throw wrong("type", type);
  if (!isOneOf(PLAN_ACTIONS, action)) throw wrong("action", action);
  if (isRowAction(action)) return requireExact(text, parseRowAction({ ...fields, action }), formatPlanAction);
  if (!isOneOf<FileReason>(FILE_REASONS, reason)) throw wrong("reason", reason);
  if (typeof uri !== "string" || uri === "") throw wrong("uri", uri);
  if (!isCount(bytes)) throw wrong("bytes", bytes);
  if (since !== null && !isTimestamp(since)) throw wrong("since", since);
  if (ripeAt !== null && !isTimestamp(ripeAt)) throw wrong("ripe_at", ripeAt);
  if (modifiedMs !== null && typeof modifiedMs !== "number") throw wrong("modified_ms", modifiedMs);
  if (identity !== null && (typeof identity !== "string" || identity === "")) throw wrong("identity", identity);
  if ((reason === "duplicate") !== (typeof from === "string" && from !== "")) throw wrong("from", from);
  const about = { action, uri: uri as PlanAction["uri"], bytes, since, ripeAt, reason, modifiedMs, identity };
  const line = reason === "duplicate" ? { ...about, from: from as PlanAction["uri"] } : about;
  requireOneThing(line);
  return requireExact(text, line, formatPlanAction);
}

/** Reads the last line of a plan. @throws {SyntaxError} for one that is not written just as {@link formatPlanFoot} does */
export function parsePlanFoot(text: string): PlanFoot {
  const { actions, bytes, sha256 } = parseFields(text);
  if (!isCount(actions)) throw wrong("actions", actions);
  if (!isCount(bytes)) throw wrong("bytes", bytes);
  if (!isSha256(sha256)) throw wrong("sha256", sha256);
  return requireExact(text, { actions, bytes, sha256 }, formatPlanFoot);
}

/** Whether a line is that of an action; it may be a wrong one. */
export function isPlanAction(text: string): boolean {
  return text.startsWith('{"type":"plan"');
}

/** Whether a line is the last one of a plan; it may be a wrong one. */
export function isPlanFoot(text: string): boolean {
  return text.startsWith('{"type":"foot"');
}

/** An action on a file. */
type FileLine = PlanAction & { readonly action: FileActionKind; readonly reason: FileReason };

/** What is done for which reason; anything else nobody plans. */
const ACTIONS_OF: Readonly<Record<FileReason, readonly FileActionKind[]>> = {
  unreferenced: ["delete", "trash"],
  abandoned: ["delete", "trash"],
  unknown: ["trash"],
  dead_process: ["drop_staged"],
  dead_run: ["give_back"],
  trash_expired: ["delete"],
  quarantine_expired: ["delete"],
  empty_folder: ["delete"],
  duplicate: ["share"],
};

/** Whether a verb plans anything for a reason. */
export function isReasonOf(verb: PlanVerb, reason: PlanReason): boolean {
  if (isRowReason(reason)) return verb === "retention";
  return verb === (reason === "duplicate" ? "dedup" : "gc");
}

/** Refuses an action that its reason does not lead to, and one that does not say which file, or folder, is meant. */
function requireOneThing({ action, reason, bytes, modifiedMs, identity }: FileLine): void {
  if (!ACTIONS_OF[reason].includes(action)) throw new SyntaxError(`its action is ${action}, and its reason ${reason}`);
  const isFolder = reason === "empty_folder";
  if (isFolder && bytes !== 0) throw wrong("bytes", bytes);
  if ((modifiedMs === null) !== isFolder) throw wrong("modified_ms", modifiedMs);
  if ((identity === null) !== isFolder) throw wrong("identity", identity);
}
