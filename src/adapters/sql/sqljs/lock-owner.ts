import { quote } from "../../../core/messages/quote.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import type { ProcessIdentity } from "../../../ports/process.ts";

/** Who holds the lock, and since when. */
export interface LockOwner {
  readonly identity: ProcessIdentity;
  readonly since: string;
}

function field(value: object, name: string): unknown {
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function textOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

/** The content of an owner file: one JSON object. */
export function formatLockOwner(identity: ProcessIdentity, nowMs: number): Uint8Array {
  const { host, bootId, pid, startedAt } = identity;
  const since = formatTimestamp(nowMs);
  return new TextEncoder().encode(`${JSON.stringify({ host, boot_id: bootId, pid, started_at: startedAt, since })}\n`);
}

/** Reads the content of an owner file; `undefined` when it makes no sense. */
export function parseLockOwner(bytes: Uint8Array): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const [host, bootId, pid, startedAt, since] = ["host", "boot_id", "pid", "started_at", "since"].map((name) =>
    field(value, name),
  );
  const known = textOrNull(host) && textOrNull(bootId) && textOrNull(startedAt) && typeof since === "string";
  if (!known || !(pid === null || Number.isSafeInteger(pid))) return undefined;
  return { identity: { host, bootId, pid: typeof pid === "number" ? pid : null, startedAt }, since };
}

/** An owner for people. */
export function describeLockOwner(owner: LockOwner | undefined): string {
  if (owner === undefined) return "an unknown process";
  const { host, pid } = owner.identity;
  const process = pid === null ? "a process" : `process ${pid}`;
  return `${process} on ${host === null ? "an unknown host" : `host ${quote(host)}`} since ${quote(owner.since)}`;
}
