import type { Digest } from "../log/chain.ts";

/** Counter copy and version number of whoever wrote last: they differ between versions of SQLite. */
const VOLATILE = { start: 92, end: 100 } as const;

const LANES = 4;
const BLOCK_BYTES = LANES * 4;
/** FNV-1a's beginning and factor (draft-eastlake-fnv), over words instead of bytes. */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** Gives the fingerprint of one snapshot. */
export type Fingerprint = () => Promise<string>;

/** A fingerprint that is worked out when it is asked for, and then known. */
export function lazyFingerprint(workOut: Fingerprint): Fingerprint {
  let known: string | undefined;
  return async () => {
    known ??= await workOut();
    return known;
  };
}

/**
 * What tells a snapshot from one that another SQLite tool has edited; see `schema/oplog-engine.md`. It looks at every byte,
 * as not every tool keeps the change counter, and is quick rather than strong: nobody is to be kept from forging it.
 */
export async function fingerprintOf(digest: Digest, bytes: Uint8Array): Promise<string> {
  const whole = bytes.byteLength - (bytes.byteLength % BLOCK_BYTES);
  const state = Uint32Array.from({ length: LANES }, (_, lane) => OFFSET_BASIS + lane);
  const first = new Uint8Array(Math.ceil(VOLATILE.end / BLOCK_BYTES) * BLOCK_BYTES);
  first.set(bytes.subarray(0, first.byteLength));
  first.fill(0, VOLATILE.start, VOLATILE.end);
  mix(state, first);
  mix(state, aligned(bytes.subarray(first.byteLength, Math.max(first.byteLength, whole))));
  const last = new Uint8Array(BLOCK_BYTES);
  if (whole >= first.byteLength) last.set(bytes.subarray(whole));
  mix(state, last);
  const summary = new Uint8Array(8 + BLOCK_BYTES);
  const view = new DataView(summary.buffer);
  view.setBigUint64(0, BigInt(bytes.byteLength), true);
  for (const [lane, value] of state.entries()) view.setUint32(8 + lane * 4, value, true);
  return digest(summary);
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}

/** Takes in whole blocks. WebAssembly, without which there is no sql.js, runs on little-endian machines only. */
function mix(state: Uint32Array, bytes: Uint8Array): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let at = 0; at < words.length; at += LANES) {
    a = Math.imul(a ^ (words[at] ?? 0), PRIME);
    b = Math.imul(b ^ (words[at + 1] ?? 0), PRIME);
    c = Math.imul(c ^ (words[at + 2] ?? 0), PRIME);
    d = Math.imul(d ^ (words[at + 3] ?? 0), PRIME);
  }
  state.set([a, b, c, d]);
}
