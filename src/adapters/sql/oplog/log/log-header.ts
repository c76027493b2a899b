import { fromHex, toHex } from "./bytes.ts";
import type { Digest } from "./chain.ts";

/** Where a log begins. */
export interface LogHeader {
  /** The id that the catalog has had since it was created. */
  readonly catalogId: string;
  /** Of this log: keeps frames of other logs from being valid in it. */
  readonly nonce: string;
  /** Sequence, chain value and fingerprint of the snapshot that it starts from. */
  readonly baseSequence: number;
  /** Of the snapshot, in hexadecimal characters. */
  readonly baseChain: string;
  /** Of the snapshot, in hexadecimal characters. */
  readonly fingerprint: string;
}

/** A header that was read, with the chain value that the first frame extends. */
export interface ReadHeader extends LogHeader {
  /** Made of the header, in hexadecimal characters. */
  readonly chain: string;
}

/** Size of a header in bytes. */
export const HEADER_BYTES = 160;

const FORMAT_VERSION = 1;
const MAGIC = fromHex("8943434c4f470d0a");
const HASHED_BYTES = 128;

/** The bytes of a header. */
export async function encodeHeader(digest: Digest, header: LogHeader): Promise<Uint8Array> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, HEADER_BYTES, true);
  bytes.set(fromHex(header.catalogId), 16);
  bytes.set(fromHex(header.nonce), 32);
  view.setBigUint64(48, BigInt(header.baseSequence), true);
  bytes.set(fromHex(header.baseChain), 64);
  bytes.set(fromHex(header.fingerprint), 96);
  bytes.set(fromHex(await digest(bytes.subarray(0, HASHED_BYTES))), HASHED_BYTES);
  return bytes;
}

/** Reads a header; `undefined` when it is incomplete or damaged, and "newer" when a later format version wrote it. */
export async function parseHeader(digest: Digest, bytes: Uint8Array): Promise<ReadHeader | "newer" | undefined> {
  if (bytes.byteLength < HEADER_BYTES || !MAGIC.every((byte, index) => bytes[index] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(8, true) > FORMAT_VERSION) return "newer";
  const chain = await digest(bytes.subarray(0, HASHED_BYTES));
  if (chain !== toHex(bytes.subarray(HASHED_BYTES, HEADER_BYTES))) return undefined;
  return {
    catalogId: toHex(bytes.subarray(16, 32)),
    nonce: toHex(bytes.subarray(32, 48)),
    baseSequence: Number(view.getBigUint64(48, true)),
    baseChain: toHex(bytes.subarray(64, 96)),
    fingerprint: toHex(bytes.subarray(96, 128)),
    chain,
  };
}
