import { fromHex } from "./bytes.ts";
import type { Digest } from "./chain.ts";

/** What a frame is for. */
export type FrameKind = "batch" | "seal" | "migration";

const KINDS = ["batch", "seal", "migration"] as const;

/** A frame that may be valid; whether it is, its chain tells. */
export interface Frame {
  /** What it is for. */
  readonly kind: FrameKind;
  /** Where in the file it begins, and where the next may. */
  readonly start: number;
  /** Where the next frame may begin. */
  readonly end: number;
  /** One more than that of the frame before; a seal takes over that of the frame before. */
  readonly sequence: number;
  /** What it carries, in the encoding of its kind. */
  readonly payload: Uint8Array;
  /** Its chain value, in hexadecimal characters. */
  readonly chain: string;
}

/** What a frame to be written says. */
export interface FrameContent {
  /** What it is for. */
  readonly kind: FrameKind;
  /** Where in the file it will stand; part of what its chain value is made of. */
  readonly start: number;
  /** One more than that of the frame before; a seal takes over that of the frame before. */
  readonly sequence: number;
  /** What it carries, in the encoding of its kind. */
  readonly payload: Uint8Array;
}

const MAGIC = 0x3146_4343; // "CCF1"
const HEAD_BYTES = 32;
const CHAIN_BYTES = 32;

/** The bytes of a frame that comes after one whose chain value is `previous`. */
export async function encodeFrame(digest: Digest, content: FrameContent, previous: string): Promise<Uint8Array> {
  const { kind, start, sequence, payload } = content;
  const body = HEAD_BYTES + payload.byteLength;
  const bytes = new Uint8Array(body + CHAIN_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, KINDS.indexOf(kind) + 1, true);
  view.setBigUint64(8, BigInt(start), true);
  view.setBigUint64(16, BigInt(sequence), true);
  view.setUint32(24, payload.byteLength, true);
  bytes.set(payload, HEAD_BYTES);
  bytes.set(fromHex(await digest(fromHex(previous), bytes.subarray(0, body))), body);
  return bytes;
}

/** Bytes of a file from the offset `start` on. */
export interface FileBytes {
  /** The offset of the first byte in the file. */
  readonly start: number;
  /** What was read. */
  readonly bytes: Uint8Array;
}

/** What comes before a frame: its chain, and the sequence of the last batch. */
export interface ChainEnd {
  /** The chain value that the next frame extends, in hexadecimal characters. */
  readonly chain: string;
  /** That of the last frame. */
  readonly sequence: number;
  /** Whether a seal came before: then only seals count. */
  readonly sealed: boolean;
  /** Shared by all frames of one look at the file. */
  readonly effort: Effort;
}

/** How much may still be hashed for what looks like a frame and is none; each such hash takes from it. */
export interface Effort {
  /** What is left of it, in bytes. */
  leftBytes: number;
}

/** Thrown by {@link findFrame} when too much looks like frames: each for itself may take as long as the whole file. */
export class TooManyLookalikes extends Error {
  /** Tells it from other errors, also across two copies of the package. */
  override readonly name = "TooManyLookalikes";
}

/** The next valid frame at or behind the beginning of `file`, or `undefined` if there is none yet. */
export async function findFrame(digest: Digest, file: FileBytes, after: ChainEnd): Promise<Frame | undefined> {
  const { bytes, start } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_BYTES + CHAIN_BYTES <= bytes.byteLength; at++) {
    if (bytes[at] !== 0x43 || view.getUint32(at, true) !== MAGIC) continue;
    if (view.getBigUint64(at + 8, true) !== BigInt(start + at)) continue;
    const frame = await parseFrame(digest, { start, bytes: bytes.subarray(at), at, after });
    if (frame !== undefined) return frame;
  }
  return undefined;
}

/**
 * How far the frames count that stand where they say and are complete, whatever chain they extend; `undefined` where there
 * are none. Behind the last valid frame they are of batches that cannot be read.
 */
export function findLastStray({ bytes, start }: FileBytes): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let last: number | undefined;
  for (let at = 0; at + HEAD_BYTES + CHAIN_BYTES <= bytes.byteLength; at++) {
    if (bytes[at] !== 0x43 || view.getUint32(at, true) !== MAGIC) continue;
    if (view.getBigUint64(at + 8, true) !== BigInt(start + at) || view.getUint32(at + 28, true) !== 0) continue;
    const size = HEAD_BYTES + view.getUint32(at + 24, true) + CHAIN_BYTES;
    if (at + size <= bytes.byteLength) last = Math.max(last ?? 0, Number(view.getBigUint64(at + 16, true)));
  }
  return last;
}

interface Candidate extends FileBytes {
  readonly at: number;
  readonly after: ChainEnd;
}

async function parseFrame(digest: Digest, { start, bytes, at, after }: Candidate): Promise<Frame | undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = KINDS[view.getUint32(4, true) - 1];
  const body = HEAD_BYTES + view.getUint32(24, true);
  const size = body + CHAIN_BYTES;
  if (kind === undefined || view.getUint32(28, true) !== 0 || size > bytes.byteLength) return undefined;
  if (kind !== "seal" && after.sealed) return undefined;
  const sequence = kind === "seal" ? after.sequence : after.sequence + 1;
  if (view.getBigUint64(16, true) !== BigInt(sequence)) return undefined;
  const { effort } = after;
  if (effort.leftBytes < body) throw new TooManyLookalikes("Cannot find a frame: too much looks like one");
  const chain = await digest(fromHex(after.chain), bytes.subarray(0, body));
  if (!equals(fromHex(chain), bytes.subarray(body, size))) {
    effort.leftBytes -= body;
    return undefined;
  }
  // A copy: what was read is dropped soon, and a payload must not keep all of it alive.
  const payload = bytes.slice(HEAD_BYTES, body);
  return { kind, start: start + at, end: start + at + size, sequence, payload, chain };
}

function equals(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}
