import { quote } from "../../../../core/messages/quote.ts";
import { formatTimestamp } from "../../../../core/timestamp.ts";
import type { ProcessIdentity } from "../../../../ports/process.ts";

/** Who holds a lock, and when it was last heard of. */
export interface LockHolder {
  /** Random, new each time the lock is taken. */
  readonly nonce: string;
  /** Tells whether the holder is alive. */
  readonly identity: ProcessIdentity;
  /** Milliseconds since 1970. */
  readonly heartbeatMs: number;
}

/** The first line of a lock file. */
export function formatLockHolder(nonce: string, { host, bootId, pid, startedAt }: ProcessIdentity): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ nonce, host, bootId, pid, startedAt })}\n`);
}

/** One of the further lines. */
export function formatHeartbeat(nowMs: number): Uint8Array {
  return new TextEncoder().encode(`${Math.floor(nowMs)}\n`);
}

/** Reads a lock file; `undefined` when it makes no sense. */
export function parseLockHolder(bytes: Uint8Array): LockHolder | undefined {
  const [first = "", ...lines] = new TextDecoder().decode(bytes).split("\n");
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
  };
  return { nonce, identity, heartbeatMs: Math.max(0, ...heartbeats.slice(-1)) };
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
  return { nonce: "", identity: { host: null, bootId: null, pid: null, startedAt: null }, heartbeatMs };
}

/** A holder for people. */
export function describeLockHolder({ nonce, identity, heartbeatMs }: LockHolder): string {
  if (nonce === "") return "an unknown process";
  const { host, pid } = identity;
  const process = pid === null ? "a process" : `process ${pid}`;
  const place = host === null ? "an unknown host" : `host ${quote(host)}`;
  return `${process} on ${place}, last heard of at ${formatTimestamp(heartbeatMs)}`;
}
