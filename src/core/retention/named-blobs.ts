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
  readonly #policy: CompletePolicy;
  readonly #freeBytes: number;
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
    this.#policy = policy;
    this.#freeBytes = freeBytes;
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
    return this.#isOver("max_total_size") || this.#isOver("max_files") || this.#isOver("min_free");
  }

  /** The caps that are not met. */
  listUnmet(): readonly UnmetCap[] {
    const { maxTotalBytes = 0, maxFiles = 0, minFreeBytes = 0 } = this.#policy;
    const caps: readonly UnmetCap[] = [
      { cap: "max_total_size", limit: maxTotalBytes, remaining: this.#bytes },
      { cap: "max_files", limit: maxFiles, remaining: this.#files },
      { cap: "min_free", limit: minFreeBytes, remaining: this.#freeBytes + this.freed.bytesInRoot },
    ];
    return caps.filter(({ cap }) => this.#isOver(cap));
  }

  /** Whether anything names a blob beside some rows that do and their variants. */
  isNamedBeside(rows: readonly number[], blob: number): boolean {
    let names = this.#names[blob] as number;
    for (const row of rows) {
      names -= 1;
      for (const variant of this.#variantsOf(row)) if (this.#input.variants.blobs[variant] === blob) names -= 1;
    }
    return names > 0 || (this.#others[blob] as number) > 0;
  }

  /** A row goes, with its variants. */
  drop(row: number): void {
    this.#unname(this.#input.rows.blobs[row] as number);
    for (const variant of this.#variantsOf(row)) this.#unname(this.#input.variants.blobs[variant] as number);
  }

  #isOver(cap: CapName): boolean {
    const { maxTotalBytes, maxFiles, minFreeBytes } = this.#policy;
    switch (cap) {
      case "max_total_size":
        return maxTotalBytes !== undefined && this.#bytes > maxTotalBytes;
      case "max_files":
        return maxFiles !== undefined && this.#files > maxFiles;
      case "min_free":
        return minFreeBytes !== undefined && this.#freeBytes + this.freed.bytesInRoot < minFreeBytes;
      default:
        return cap satisfies never;
    }
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
    if (blob < 0) return;
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

  *#variantsOf(row: number): Generator<number, void, undefined> {
    if (this.#firstVariants === undefined) return;
    for (
      let variant = this.#firstVariants[row] as number;
      variant >= 0;
      variant = this.#nextVariants[variant] as number
    ) {
      yield variant;
    }
  }
}
