const UTF8_ENCODER = new TextEncoder();
const UTF8_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Seven bits at a time, as long as the number does not fit 32 bits, for which shifts would do. */
const VARINT_STEP = 128;

/** The longest varint of a length, as no text has 2^35 bytes. */
const MAX_LENGTH_BYTES = 5;

/** Of a UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;

/** Bytes that grow as values are added, in the encodings of `schema/oplog-engine.md`. */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  /** One byte. */
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** An unsigned integer up to 2^53 - 1 as LEB128. */
  varint(value: number): void {
    let rest = value;
    while (rest >= VARINT_STEP) {
      this.u8((rest % VARINT_STEP) + VARINT_STEP);
      rest = Math.floor(rest / VARINT_STEP);
    }
    this.u8(rest);
  }

  /** A floating-point number of 8 bytes (IEEE 754), little-endian. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** The length as a varint, and the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** The length in bytes as a varint, and the text in UTF-8. */
  text(value: string): void {
    // A character takes three bytes at most, and most take one: so the length is guessed, and mended if it was longer.
    const guessed = varintBytes(value.length);
    this.#reserve(MAX_LENGTH_BYTES + MAX_UTF8_BYTES * value.length);
    const at = this.#length;
    const { written } = UTF8_ENCODER.encodeInto(value, this.#bytes.subarray(at + guessed));
    const needed = varintBytes(written);
    if (needed !== guessed) this.#bytes.copyWithin(at + needed, at + guessed, at + guessed + written);
    this.varint(written);
    this.#length += written;
  }

  /** What was added so far; the memory is that of the writer. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= VARINT_STEP; rest = Math.floor(rest / VARINT_STEP)) count += 1;
  return count;
}

/** Reads what {@link ByteWriter} wrote. Whatever makes no sense is a `SyntaxError`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  /** Starts at the first byte. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing is left. */
  get atEnd(): boolean {
    return this.#position === this.#bytes.byteLength;
  }

  /** One byte. */
  u8(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw new SyntaxError("Cannot decode bytes: they end too early");
    this.#position += 1;
    return value;
  }

  /** An unsigned integer up to 2^53 - 1, from LEB128. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= VARINT_STEP) {
      const byte = this.u8();
      value += (byte % VARINT_STEP) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new SyntaxError("Cannot decode bytes: an integer is too large");
      if (byte < VARINT_STEP) return value;
    }
  }

  /** A floating-point number of 8 bytes (IEEE 754), little-endian. */
  f64(): number {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  /** As many bytes as the varint before them says; the memory is that of the file. */
  bytes(): Uint8Array {
    return this.#take(this.varint());
  }

  /** A text in UTF-8, behind its length in bytes. */
  text(): string {
    try {
      return UTF8_DECODER.decode(this.bytes());
    } catch (cause) {
      throw new SyntaxError("Cannot decode bytes: a text is no UTF-8", { cause });
    }
  }

  #take(count: number): Uint8Array {
    if (count > this.#bytes.byteLength - this.#position) {
      throw new SyntaxError("Cannot decode bytes: they end too early");
    }
    const taken = this.#bytes.subarray(this.#position, this.#position + count);
    this.#position += count;
    return taken;
  }
}

/** Bytes as lowercase hexadecimal characters. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of a text of hexadecimal characters. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}
