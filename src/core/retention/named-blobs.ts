import type { CompletePolicy } from "./policy.ts";
import type { CapName } from "./reasons.ts";
import { type RetentionInput, ROW_FLAGS } from "./retention-rows.ts";
import type { UnmetCap } from "./unmet-cap.ts";

/** What nobody names any more. */
export interface FreedBlobs {
  /** How many blobs. */
  files: number;
  /** Their sizes by the records, in bytes. */
  bytes: number;
  /** The same of those below the root. */
  bytesInRoot: number;
}

/** Which blobs the rows name that are left, and how large those are: what caps go by. */
export class NamedBlobs {
  /** What was freed so far. */
  readonly freed: FreedBlobs = { files: 0, bytes: 0, bytesInRoot: 0 };
  readonly #input: RetentionInput;
  readonly #freeBytes: number;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  /** So many bytes are to be freed below the root. */
  readonly #minFreed: number;
  /** How many rows and variants name each blob that the policy is about. */
  readonly #names: Int32Array;
  /** How many others do. */
  readonly #others: Int32Array;
  /** The first variant of each row, and the one behind each variant; -1 for none. */
  readonly #firstVariants: Int32Array | undefined;
  readonly #nextVariants: Int32Array;
  #files = 0;
  #bytes = 0;

  /** All rows are left; `freeBytes` is what is free on the device of the root. */
  constructor(input: RetentionInput, policy: CompletePolicy, freeBytes: number) {
    const { rows, variants, blobs } = input;
    this.#input = input;
    this.#freeBytes = freeBytes;
    this.#maxBytes = policy.maxTotalBytes ?? Number.POSITIVE_INFINITY;
    this.#maxFiles = policy.maxFiles ?? Number.POSITIVE_INFINITY;
    this.#minFreed = (policy.minFreeBytes ?? Number.NEGATIVE_INFINITY) - freeBytes;
    this.#names = new Int32Array(blobs.size);
    this.#others = new Int32Array(blobs.size);
    this.#nextVariants = new Int32Array(variants.size);
    this.#firstVariants = variants.size === 0 ? undefined : new Int32Array(rows.size).fill(-1);
    for (let row = 0; row < rows.size; row++) this.#name(row, rows.blobs[row] as number);
    for (let variant = 0; variant < variants.size; variant++) this.#addVariant(variant);
    for (let blob = 0; blob < blobs.size; blob++) {
      if (this.#names[blob] === 0) continue;
      this.#files += 1;
      this.#bytes += blobs.bytes[blob] as number;
    }
  }

  /** The cap that is not met, and that is nearer to it without a blob; `undefined` where no such cap is left. */
  capNearerWithout(blob: number): CapName | undefined {
    const hasBytes = (this.#input.blobs.bytes[blob] as number) > 0;
    if (hasBytes && this.#isOver("max_total_size")) return "max_total_size";
    if (this.#isOver("max_files")) return "max_files";
    return hasBytes && this.#input.blobs.inRoot[blob] === 1 && this.#isOver("min_free") ? "min_free" : undefined;
  }

  /** Whether any cap is not met. */
  get isOver(): boolean {
    return this.#bytes > this.#maxBytes || this.#files > this.#maxFiles || this.freed.bytesInRoot < this.#minFreed;
  }

  /** The caps that are not met. */
  listUnmet(): readonly UnmetCap[] {
    const free = this.#freeBytes;
    const caps: readonly UnmetCap[] = [
      { cap: "max_total_size", limit: this.#maxBytes, remaining: this.#bytes },
      { cap: "max_files", limit: this.#maxFiles, remaining: this.#files },
      { cap: "min_free", limit: free + this.#minFreed, remaining: free + this.freed.bytesInRoot },
    ];
    return caps.filter(({ cap }) => this.#isOver(cap));
  }

  /** Whether anything names a blob beside some rows that do and their variants. */
  isNamedBeside(rows: readonly number[], blob: number): boolean {
    let names = (this.#names[blob] as number) - rows.length;
    if (names > 0 && this.#firstVariants !== undefined) {
      const { blobs } = this.#input.variants;
      for (const row of rows) {
        for (let at = this.#firstVariant(row); at >= 0; at = this.#nextVariant(at)) if (blobs[at] === blob) names -= 1;
      }
    }
    return names > 0 || (this.#others[blob] as number) > 0;
  }

  /** A row goes, with its variants. */
  drop(row: number): void {
    this.#unname(this.#input.rows.blobs[row] as number);
    for (let at = this.#firstVariant(row); at >= 0; at = this.#nextVariant(at)) {
      this.#unname(this.#input.variants.blobs[at] as number);
    }
  }

  #isOver(cap: CapName): boolean {
    if (cap === "max_total_size") return this.#bytes > this.#maxBytes;
    return cap === "max_files" ? this.#files > this.#maxFiles : this.freed.bytesInRoot < this.#minFreed;
  }

  #addVariant(variant: number): void {
    const { rows, blobs } = this.#input.variants;
    const row = rows[variant] as number;
    const first = this.#firstVariants as Int32Array;
    this.#nextVariants[variant] = first[row] as number;
    first[row] = variant;
    this.#name(row, blobs[variant] as number);
  }

  #name(row: number, blob: number): void {
    if (blob < 0) return;
    const isOther = ((this.#input.rows.flags[row] as number) & (ROW_FLAGS.damaged | ROW_FLAGS.outOfScope)) !== 0;
    const names = isOther ? this.#others : this.#names;
    names[blob] = (names[blob] as number) + 1;
  }

  #unname(blob: number): void {
    const names = (this.#names[blob] as number) - 1;
    this.#names[blob] = names;
    if (names > 0) return;
    const bytes = this.#input.blobs.bytes[blob] as number;
    this.#files -= 1;
    this.#bytes -= bytes;
    if ((this.#others[blob] as number) > 0) return;
    this.freed.files += 1;
    this.freed.bytes += bytes;
    if (this.#input.blobs.inRoot[blob] === 1) this.freed.bytesInRoot += bytes;
  }

  #firstVariant(row: number): number {
    return this.#firstVariants?.[row] ?? -1;
  }

  #nextVariant(variant: number): number {
    return this.#nextVariants[variant] as number;
  }
}
