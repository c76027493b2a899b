import { quote } from "../../../../core/messages/quote.ts";
import { formatTimestamp } from "../../../../core/timestamp.ts";
import type { ProcessIdentity } from "../../../../ports/process.ts";

/** Who holds a lock, and when it was last heard of. */
export interface LockHolder {
  /** Random, new each time the lock is taken. */
  readonly nonce: string;
  /** Tells whether the holder is alive. */
  readonly identity: ProcessIdentity;
  /** Whether it showed a sign of life before it took the lock. */
  readonly sign: boolean;
  /** Milliseconds since 1970. */
  readonly heartbeatMs: number;
}

/** The first line of a lock file. */
export function formatLockHolder({ nonce, identity, sign }: Omit<LockHolder, "heartbeatMs">): Uint8Array {
  const { host, bootId, pid, startedAt, thread = null } = identity;
  return new TextEncoder().encode(`${JSON.stringify({ nonce, host, bootId, pid, startedAt, thread, sign })}\n`);
}

/** One of the further lines. */
export function formatHeartbeat(nowMs: number): Uint8Array {
  return new TextEncoder().encode(`${Math.floor(nowMs)}\n`);
}

/** Reads the lines of a lock file; `undefined` when they make no sense. Some in the middle may be missing. */
export function parseLockHolder(text: string): LockHolder | undefined {
  const [first = "", ...lines] = text.split("\n");
  const value = parseJson(first);
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const nonce = fields.get("nonce");
  const pid = fields.get("pid") ?? null;
  // It becomes part of file names.
  if (typeof nonce !== "string" || !/^[0-9a-f]{32}$/.test(nonce) || !(pid === null || Number.isSafeInteger(pid)))
    return undefined;
  // The last may be on its way; the beginning of a time would be one long ago.
  const whole = lines.slice(0, -1);
  const heartbeats = whole.filter((line) => /^\d{1,16}$/.test(line)).map(Number);
  const identity: ProcessIdentity = {
    host: textOrNull(fields.get("host")),
    bootId: textOrNull(fields.get("bootId")),
    pid: typeof pid === "number" ? pid : null,
    startedAt: textOrNull(fields.get("startedAt")),
    thread: textOrNull(fields.get("thread")),
  };
  return { nonce, identity, sign: fields.get("sign") === true, heartbeatMs: Math.max(0, ...heartbeats.slice(-1)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Somebody whose file says nothing, last heard of when it was changed. */
export function unknownHolder(heartbeatMs: number): LockHolder {
  const identity = { host: null, bootId: null, pid: null, startedAt: null };
  return { nonce: "", identity, sign: false, heartbeatMs };
}

/** A holder for people, as seen from the process `self`. */
export function describeLockHolder({ nonce, identity, heartbeatMs }: LockHolder, self: ProcessIdentity): string {
  if (nonce === "") return "an unknown process";
  const { host, pid } = identity;
  const heard = `last heard of at ${formatTimestamp(heartbeatMs)}`;
  if (isSameProcess(identity, self)) {
    const who = identity.thread === (self.thread ?? null) ? "another opening or thread" : "another thread";
    return `${who} of this process, ${pid}, ${heard}`;
  }
  const process = pid === null ? "a process" : `process ${pid}`;
  const inside = isElsewhere(identity, self) ? " in another container" : "";
  const place = host === null ? "an unknown host" : `host ${quote(host)}`;
  return `${process}${inside} on ${place}, ${heard}`;
}

function isSameProcess({ host, bootId, pid, startedAt }: ProcessIdentity, self: ProcessIdentity): boolean {
  if (host === null || pid === null) return false;
  return host === self.host && bootId === self.bootId && pid === self.pid && startedAt === self.startedAt;
}

/** Whether the pid is one that means nothing here. */
function isElsewhere({ bootId, startedAt }: ProcessIdentity, self: ProcessIdentity): boolean {
  if (bootId === null || bootId !== self.bootId) return false;
  const [, namespace] = startedAt?.split("@") ?? [];
  const [, ours] = self.startedAt?.split("@") ?? [];
  return namespace !== undefined && ours !== undefined && namespace !== ours;
}
