import { quote } from "../../../core/messages/quote.ts";
import { CatalogError } from "../../../errors.ts";

/** One line of a text: its content without the line end, or what is wrong with it. */
export type TextLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

/** Options of {@link readLines}. */
export interface ReadLinesOptions {
  /** What is read, for messages. */
  readonly name: string;
  /** A longer line is a problem. @default 16 MiB */
  readonly maxLineBytes?: number | undefined;
  /** A line that goes on for more than this is the end of it. @default 1 GiB */
  readonly maxSkippedBytes?: number | undefined;
}

const MIB = 1024 * 1024;
const LF = 10;
const CR = 13;

/**
 * Splits UTF-8 into lines that end with LF or CRLF, in constant memory however long the text or a line is. The lines
 * come in batches, one a chunk at most, in order and numbered from 1; none is left out. A byte order mark is dropped,
 * a last line needs no end.
 * @throws {CatalogError} UNSUPPORTED for UTF-16 or UTF-32, or when a line does not end
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadLinesOptions,
): AsyncGenerator<readonly TextLine[]> {
  const splitter = new LineSplitter(options);
  for await (const chunk of chunks) {
    const lines = splitter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const rest = splitter.end();
  if (rest.length > 0) yield rest;
}

/** Takes chunks of any size and gives the lines that are complete. */
class LineSplitter {
  readonly #name: string;
  readonly #maxLineBytes: number;
  readonly #maxSkippedBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The first bytes, until there are enough to tell a byte order mark; then `undefined`. */
  #head: Uint8Array | undefined = new Uint8Array(0);
  /** Room for the beginning of a line whose end has not come. */
  #held: Uint8Array = new Uint8Array(0);
  /** How long that beginning is; more than a line may have means that it is counted but not kept. */
  #heldBytes = 0;
  #number = 0;

  constructor(options: ReadLinesOptions) {
    this.#name = options.name;
    this.#maxLineBytes = options.maxLineBytes ?? 16 * MIB;
    this.#maxSkippedBytes = options.maxSkippedBytes ?? 1024 * MIB;
  }

  push(chunk: Uint8Array): TextLine[] {
    if (this.#head === undefined) return this.#split(chunk);
    const head = new Uint8Array(this.#head.length + chunk.length);
    head.set(this.#head);
    head.set(chunk, this.#head.length);
    this.#head = head;
    return head.length < 4 ? [] : this.#begin(head);
  }

  end(): TextLine[] {
    const lines = this.#head === undefined ? [] : this.#begin(this.#head);
    if (this.#heldBytes > 0) this.#finishHeld(new Uint8Array(0), lines);
    return lines;
  }

  #begin(head: Uint8Array): TextLine[] {
    this.#head = undefined;
    const [first, second, third, fourth] = head;
    const wide = first === 0xff ? second === 0xfe : first === 0xfe ? second === 0xff : isUtf32(head);
    if (wide) {
      const encoding = (first === 0xff && third === 0 && fourth === 0) || first === 0 ? "UTF-32" : "UTF-16";
      throw new CatalogError("UNSUPPORTED", `Cannot read ${quote(this.#name)}: it is ${encoding}, not UTF-8`, {
        details: { what: encoding },
        hint: `Convert it first, for example with: iconv -f ${encoding} -t UTF-8`,
      });
    }
    const marked = first === 0xef && second === 0xbb && third === 0xbf;
    return this.#split(marked ? head.subarray(3) : head);
  }

  #split(chunk: Uint8Array): TextLine[] {
    const lines: TextLine[] = [];
    const end = chunk.lastIndexOf(LF) + 1;
    let start = 0;
    if (end > 0 && this.#heldBytes > 0) {
      start = chunk.indexOf(LF) + 1;
      this.#finishHeld(chunk.subarray(0, start - 1), lines);
    }
    if (start < end) this.#takeWhole(chunk.subarray(start, end), lines);
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return lines;
  }

  /** Takes lines that are all complete: decoded at once when nothing is wrong with any, else one by one. */
  #takeWhole(bytes: Uint8Array, lines: TextLine[]): void {
    const text = bytes.length <= this.#maxLineBytes ? this.#decode(bytes) : undefined;
    if (text === undefined || text.includes("\0")) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(LF, start);
        this.#takeLine(bytes.subarray(start, end), lines);
        start = end + 1;
      }
      return;
    }
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf("\n", start);
      const last = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end;
      lines.push({ number: ++this.#number, text: text.slice(start, last) });
      start = end + 1;
    }
  }

  #takeLine(bytes: Uint8Array, lines: TextLine[]): void {
    if (bytes.length > this.#maxLineBytes) {
      lines.push(this.#tooLong());
      return;
    }
    const number = ++this.#number;
    const text = this.#decode(bytes);
    if (text === undefined) {
      const at = this.#findInvalid(bytes) + 1;
      lines.push({ number, problem: `Cannot use the line: it is not valid UTF-8 (byte ${at} of the line)` });
    } else if (text.includes("\0")) {
      const at = bytes.indexOf(0) + 1;
      lines.push({ number, problem: `Cannot use the line: it is binary (a NUL at byte ${at} of the line)` });
    } else {
      lines.push({ number, text: text.endsWith("\r") ? text.slice(0, -1) : text });
    }
  }

  #hold(bytes: Uint8Array): void {
    const total = this.#heldBytes + bytes.length;
    if (total > this.#maxSkippedBytes) throw this.#endless();
    if (total > this.#maxLineBytes) this.#held = new Uint8Array(0);
    else {
      if (this.#held.length < total) {
        const larger = new Uint8Array(Math.max(total, Math.min(2 * this.#held.length, this.#maxLineBytes)));
        larger.set(this.#held.subarray(0, this.#heldBytes));
        this.#held = larger;
      }
      this.#held.set(bytes, this.#heldBytes);
    }
    this.#heldBytes = total;
  }

  #finishHeld(tail: Uint8Array, lines: TextLine[]): void {
    if (this.#heldBytes + tail.length > this.#maxLineBytes) lines.push(this.#tooLong());
    else {
      this.#hold(tail);
      this.#takeLine(this.#held.subarray(0, this.#heldBytes), lines);
    }
    this.#heldBytes = 0;
    if (this.#held.length > MIB) this.#held = new Uint8Array(0);
  }

  #tooLong(): TextLine {
    const problem = `Cannot use the line: it is longer than ${showSize(this.#maxLineBytes)}`;
    return { number: ++this.#number, problem };
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined; // a fatal decoder throws for one reason only
    }
  }

  /** How many bytes at the start are valid: the most that a decoder which expects more to come accepts. */
  #findInvalid(bytes: Uint8Array): number {
    let valid = 0;
    let invalid = bytes.length + 1;
    while (invalid - valid > 1) {
      const middle = (valid + invalid) >> 1;
      if (isValidStart(bytes.subarray(0, middle))) valid = middle;
      else invalid = middle;
    }
    return valid;
  }

  #endless(): CatalogError<"UNSUPPORTED"> {
    const reason = `line ${this.#number + 1} goes on for more than ${showSize(this.#maxSkippedBytes)}`;
    return new CatalogError("UNSUPPORTED", `Cannot read ${quote(this.#name)}: ${reason}`, {
      details: { what: reason },
      hint: "This is no JSON Lines file; check the path.",
    });
  }
}

function isUtf32(head: Uint8Array): boolean {
  return head[0] === 0 && head[1] === 0 && head[2] === 0xfe && head[3] === 0xff;
}

function isValidStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function showSize(bytes: number): string {
  if (bytes >= 1024 * MIB && bytes % (1024 * MIB) === 0) return `${bytes / (1024 * MIB)} GiB`;
  return bytes >= MIB && bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}
