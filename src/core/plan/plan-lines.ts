import { escapeControls, quote } from "../messages/quote.ts";
import { isSha256 } from "../sha256.ts";
import { isTimestamp } from "../timestamp.ts";
import {
  PLAN_ACTIONS,
  PLAN_REASONS,
  PLAN_VERBS,
  type PlanAction,
  type PlanActionKind,
  type PlanFoot,
  type PlanHead,
  type PlanReason,
  type PlanVerb,
} from "./plan-action.ts";

/** What the first line of a plan says that it is. */
const FORMAT = "content-catalog plan";

/** The version of the format that is written, and the only one that is read. */
const VERSION = 1;

/** What is longer is no line of a plan, in bytes of UTF-8 with its line feed. */
export const MAX_PLAN_LINE_BYTES = 65_536;

/** A line as JSON has it, whatever its values are. */
type Fields = Readonly<Record<string, unknown>>;

/** The first line of a plan, without its line feed. */
export function formatPlanHead(head: PlanHead): string {
  const { verb, catalogId, root, sequence, createdAt } = head;
  const about = { verb, catalog_id: catalogId, root, sequence, created_at: createdAt };
  return JSON.stringify({ type: "head", format: FORMAT, version: VERSION, ...about });
}

/** The line of an action, without its line feed. */
export function formatPlanAction(line: PlanAction): string {
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
  return requireExact(text, { verb, catalogId, root, sequence, createdAt }, formatPlanHead);
}

/** Reads the line of an action. @throws {SyntaxError} for one that is not written just as {@link formatPlanAction} does */
export function parsePlanAction(text: string): PlanAction {
  const fields = parseFields(text);
  const { type, action, uri, bytes, since, ripe_at: ripeAt, reason, modified_ms: modifiedMs, identity, from } = fields;
  if (type !== "plan") throw wrong("type", type);
  if (!isOneOf<PlanActionKind>(PLAN_ACTIONS, action)) throw wrong("action", action);
  if (!isOneOf<PlanReason>(PLAN_REASONS, reason)) throw wrong("reason", reason);
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

/** What is done for which reason; anything else nobody plans. */
const ACTIONS_OF: Readonly<Record<PlanReason, readonly PlanActionKind[]>> = {
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
  return (reason === "duplicate") === (verb === "dedup");
}

/** Refuses an action that its reason does not lead to, and one that does not say which file, or folder, is meant. */
function requireOneThing({ action, reason, bytes, modifiedMs, identity }: PlanAction): void {
  if (!ACTIONS_OF[reason].includes(action)) throw new SyntaxError(`its action is ${action}, and its reason ${reason}`);
  const isFolder = reason === "empty_folder";
  if (isFolder && bytes !== 0) throw wrong("bytes", bytes);
  if ((modifiedMs === null) !== isFolder) throw wrong("modified_ms", modifiedMs);
  if ((identity === null) !== isFolder) throw wrong("identity", identity);
}

function requireExact<Line>(text: string, line: Line, format: (line: Line) => string): Line {
  if (format(line) === text) return line;
  throw new SyntaxError("it has other fields, or is written in another way, than a plan has it");
}

function parseFields(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("it is no JSON");
  }
  if (typeof value !== "object" || value === null) throw new SyntaxError("it is no JSON object");
  return Object.fromEntries(Object.entries(value));
}

function isOneOf<Value extends string>(values: readonly Value[], value: unknown): value is Value {
  return values.some((each) => each === value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function wrong(field: string, value: unknown): SyntaxError {
  return new SyntaxError(`its ${field} is ${show(value)}`);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string" ? quote(value, 80) : escapeControls(JSON.stringify(value).slice(0, 80));
}
