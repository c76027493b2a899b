import type { ProcessIdentity } from "../../../ports/process.ts";

/**
 * The name of a staged file: `<nonce>.<pid>.<startedAt>`, then the host in hexadecimal UTF-8 and the boot id, with `-`
 * for what nobody knows. A staged file is a leftover when its process is gone, or, where that cannot be told, when it
 * was not written to for a day. Nothing in the name is secret, and nobody but a collector removes the files of others.
 */
export function formatStagingName(nonce: string, owner: ProcessIdentity): string {
  return `${nonce}.${formatOwner(owner)}`;
}

/** What the names of all files that one process stages have in common. */
export function formatOwner(owner: ProcessIdentity): string {
  const parts = [owner.pid ?? "-", owner.startedAt ?? "-", hexOf(owner.host), owner.bootId ?? "-"];
  return parts.map((part) => String(part).replace(/[^0-9A-Za-z@-]/g, "_")).join(".");
}

/** Who staged the file of that name, or `undefined` if it is no name of a staged file. */
export function parseStagingName(name: string): ProcessIdentity | undefined {
  const [nonce, pid, startedAt, host, bootId, ...more] = name.split(".");
  if (!/^[0-9a-f]{32}$/.test(nonce ?? "") || bootId === undefined || more.length > 0) return undefined;
  return {
    pid: pid === "-" ? null : Number(pid),
    startedAt: startedAt === "-" || startedAt === undefined ? null : startedAt,
    host: textOf(host ?? "-"),
    bootId: bootId === "-" ? null : bootId,
  };
}

/** At most so many bytes of a host name, so that the whole stays a name; longer ones are told apart by the rest. */
const MAX_HOST_BYTES = 48;

function hexOf(text: string | null): string {
  if (text === null) return "-";
  const bytes = new TextEncoder().encode(text).subarray(0, MAX_HOST_BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function textOf(hex: string): string | null {
  if (hex === "-") return null;
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
