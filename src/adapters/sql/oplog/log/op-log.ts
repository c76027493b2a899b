import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { FileHandle } from "../../../../ports/file-system.ts";
import { corruptLog } from "../protocol/damage.ts";
import { toHex } from "./bytes.ts";
import type { Digest } from "./chain.ts";
import {
  type ChainEnd,
  type Effort,
  encodeFrame,
  type Frame,
  type FrameKind,
  findFrame,
  findLastStray,
  TooManyLookalikes,
} from "./frame.ts";
import { HEADER_BYTES, parseHeader, type ReadHeader } from "./log-header.ts";

/** Frames that lost a race are hashed once each, which is less than the log; only on purpose it can be much more. */
const EFFORT_FACTOR = 4;
const EFFORT_BASE_BYTES = 1 << 20;

/** A log that was opened, and what {@link OpLog} needs to read it. */
export interface OpenLog {
  /** For messages. */
  readonly path: string;
  /** The file, open for appending or only for reading; closing the log closes it. */
  readonly handle: FileHandle;
  /** As long as `handle` is open, no other file gets this one. */
  readonly identity: string;
  /** What stands at the beginning of the file. */
  readonly header: ReadHeader;
  /** Computes the chain. */
  readonly digest: Digest;
  /** Nonces of logs of which a sync failed in this process. */
  readonly brokenLogs: Set<string>;
  /** Read on from what was read, not from what was valid. Never in earnest. */
  readonly resumeAtEnd?: boolean | undefined;
  /** Write for wherever the file ends by now, read or not. Never in earnest. */
  readonly appendAnywhere?: boolean | undefined;
}

/** What is appended to a log. */
export interface NewFrame {
  /** What it is for. */
  readonly kind: FrameKind;
  /** What it carries, in the encoding of its kind. */
  readonly payload: Uint8Array;
}

/** What came of an append, as far as the write says. */
export interface Appended {
  /** The chain value of the frame. */
  readonly chain: string;
  /** Where it ends if it was written completely. */
  readonly end: number;
  /** What the write threw, or `undefined`; after a failure all of the frame may be there, or some, or nothing. */
  readonly failure: unknown;
}

/**
 * A log as far as it was read. It is judged by its own chain from its own base; nothing in it is ever changed, and
 * whether an append came through is seen only by reading on.
 */
export class OpLog {
  /** The open file, which others may rename and unlink. */
  readonly handle: FileHandle;
  /** As long as {@link handle} is open, no other file gets this one. */
  readonly identity: string;
  /** Where the log begins: which catalog, which snapshot. */
  readonly header: ReadHeader;
  /** Nonces of those who sealed it, in order; the first seal ended the log. */
  readonly seals: string[] = [];
  /** It does not reach the snapshot, and counts as sealed. */
  behind = false;
  /** Whether this process made the log's name durable. */
  nameSynced = false;
  readonly #digest: Digest;
  readonly #brokenLogs: Set<string>;
  readonly #resumeAtEnd: boolean;
  readonly #path: string;
  readonly #appendAnywhere: boolean;
  /** Up to where the file was looked through. */
  #end: number = HEADER_BYTES;
  #position: number = HEADER_BYTES;
  #chain: string;
  #sequence: number;
  #syncedTo = 0;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart: number = HEADER_BYTES;
  #effort: Effort = { leftBytes: 0 };

  /** Takes over an open file of which the header was read, and nothing else. */
  constructor(opened: OpenLog) {
    this.#path = opened.path;
    this.handle = opened.handle;
    this.identity = opened.identity;
    this.header = opened.header;
    this.#digest = opened.digest;
    this.#brokenLogs = opened.brokenLogs;
    this.#resumeAtEnd = opened.resumeAtEnd === true;
    this.#appendAnywhere = opened.appendAnywhere === true;
    this.#chain = opened.header.chain;
    this.#sequence = opened.header.baseSequence;
  }

  /** The end of the last valid frame. */
  get position(): number {
    return this.#position;
  }

  /** The sequence of the last valid batch. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The value that the next frame's chain extends. */
  get chain(): string {
    return this.#chain;
  }

  /** Whether no batch will be added any more. */
  get ended(): boolean {
    return this.seals.length > 0 || this.behind;
  }

  /** Whether a sync failed, so that nobody knows what of the log is on the device. */
  get broken(): boolean {
    return this.#brokenLogs.has(this.header.nonce);
  }

  /** Takes no more batches: only a checkpoint, to new files, makes sure of what is in it. */
  markBroken(): void {
    this.#brokenLogs.add(this.header.nonce);
  }

  /** Whether everything that was read is known to be on the device. */
  get synced(): boolean {
    return !this.broken && this.#syncedTo >= this.#position;
  }

  /**
   * Reads what is there now behind the last valid frame, at least to `knownEnd`; {@link next} looks at that.
   * @throws when the file ends before `knownEnd`: then nothing can be said about what comes behind
   */
  async readOn(knownEnd?: number): Promise<void> {
    if (this.#resumeAtEnd) this.#position = Math.max(this.#position, this.#windowStart + this.#window.byteLength);
    this.#windowStart = this.#position;
    this.#window = await readToEnd(this.handle, this.#position, knownEnd);
    this.#effort = { leftBytes: EFFORT_BASE_BYTES + EFFORT_FACTOR * this.#window.byteLength };
    if (knownEnd === undefined || this.#windowStart + this.#window.byteLength >= knownEnd) return;
    throw Object.assign(new Error(`EIO: the log ends before byte ${knownEnd}`), { code: "EIO" });
  }

  /**
   * The next valid frame, without going past it: for that there is {@link accept}.
   * @throws {CatalogError} CORRUPT when somebody made it so that looking for one would take for ever
   */
  async next(): Promise<Frame | undefined> {
    const bytes = this.#window.subarray(this.#position - this.#windowStart);
    const sealed = this.seals.length > 0;
    const end: ChainEnd = { chain: this.#chain, sequence: this.#sequence, sealed, effort: this.#effort };
    try {
      const frame = await findFrame(this.#digest, { start: this.#position, bytes }, end);
      if (frame === undefined) this.#end = this.#position + bytes.byteLength;
      return frame;
    } catch (error) {
      if (error instanceof TooManyLookalikes) throw corruptLog(this.#path, "much in it looks like batches and is none");
      throw error;
    }
  }

  /**
   * How many batches stand behind the last valid frame that cannot be read, as something before them is damaged; when
   * {@link next} has nothing more. What comes behind a seal never counted.
   */
  countUnreadable(): number {
    if (this.ended) return 0;
    const bytes = this.#window.subarray(this.#position - this.#windowStart);
    return (findLastStray({ start: this.#position, bytes }) ?? this.#sequence) - this.#sequence;
  }

  /** Takes a frame that {@link next} gave. */
  accept(frame: Frame): void {
    this.#position = frame.end;
    this.#end = frame.end;
    this.#chain = frame.chain;
    this.#sequence = frame.sequence;
    if (frame.kind === "seal") this.seals.push(toHex(frame.payload));
  }

  /** Forgets what was read ahead; its memory may be large. */
  dropWindow(): void {
    if (this.#resumeAtEnd) return;
    this.#windowStart = this.#position;
    this.#window = new Uint8Array(0);
  }

  /**
   * Writes a frame that is due next, in one write; whether it came through is seen only by reading on. Its offset is the
   * end of what was read: if others came first it stands elsewhere and is void for good, also when a power failure
   * takes what came first.
   */
  async append({ kind, payload }: NewFrame): Promise<Appended> {
    const start = this.#appendAnywhere ? (await this.handle.stat()).sizeBytes : this.#end;
    const sequence = kind === "seal" ? this.#sequence : this.#sequence + 1;
    const bytes = await encodeFrame(this.#digest, { kind, start, sequence, payload }, this.#chain);
    const chain = toHex(bytes.subarray(bytes.byteLength - 32));
    // Where it ends if nobody else has appended meanwhile; else it is void, and the file longer.
    const end = start + bytes.byteLength;
    try {
      const written = await this.handle.write(bytes);
      if (written === bytes.byteLength) return { chain, end, failure: undefined };
      return { chain, end, failure: shortWrite(written, bytes.byteLength) };
    } catch (failure) {
      return { chain, end, failure };
    }
  }

  /** Brings everything that was read onto the device. After a failure the log is broken for good. */
  async sync(): Promise<void> {
    const { position } = this;
    try {
      await this.handle.sync();
    } catch (error) {
      this.markBroken();
      throw error;
    }
    this.#syncedTo = Math.max(this.#syncedTo, position);
  }

  /** Closes the file; nothing can be read or appended any more. */
  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** The rest is not written: somebody else's frame may stand behind the first part by now. */
function shortWrite(written: number, wanted: number): Error {
  return Object.assign(new Error(`only ${written} of ${wanted} bytes were written`), { code: "ENOSPC" });
}

const CHUNK_BYTES = 1 << 20;

async function readToEnd(handle: FileHandle, from: number, knownEnd?: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let size = 16_384; ; size = CHUNK_BYTES) {
    const chunk = new Uint8Array(size);
    const count = await handle.read(chunk, from + total);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
    if (knownEnd !== undefined && from + total >= knownEnd) break;
  }
  const [only] = chunks;
  if (chunks.length <= 1) return only ?? new Uint8Array(0);
  const all = new Uint8Array(total);
  let filled = 0;
  for (const chunk of chunks) {
    all.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return all;
}

/**
 * Reads the header of a log; `undefined` when it is incomplete or damaged.
 * @throws {CatalogError} UNSUPPORTED when a later version of this package wrote it
 */
export async function readHeader(handle: FileHandle, digest: Digest, path: string): Promise<ReadHeader | undefined> {
  const bytes = new Uint8Array(HEADER_BYTES);
  let filled = 0;
  while (filled < HEADER_BYTES) {
    const count = await handle.read(bytes.subarray(filled), filled);
    if (count === 0) return undefined;
    filled += count;
  }
  const header = await parseHeader(digest, bytes);
  if (header !== "newer") return header;
  throw new CatalogError("UNSUPPORTED", `Cannot open ${quote(path)}: its format is newer than this program`, {
    details: { what: "a newer log format" },
    hint: "Update content-catalog.",
  });
}

/** The shortest frame: one without a payload. */
const MIN_FRAME_BYTES = 64;

/**
 * Whether a file without a valid header is a log that somebody began and did not finish: it has no room for a frame,
 * so that nothing was ever acknowledged by it. It counts as sealed, and as if it were not there.
 */
export function isDead(sizeBytes: number): boolean {
  return sizeBytes < HEADER_BYTES + MIN_FRAME_BYTES;
}
