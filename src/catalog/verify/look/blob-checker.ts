import { formatTimestamp } from "../../../core/timestamp.ts";
import type { BlobVerification } from "../../../core/verification/verification.ts";
import type { CallOptions } from "../../call-options.ts";
import type { CatalogContext } from "../../context.ts";
import type { BlobRows } from "../../ledger/expectations.ts";
import { BlobReader, type LookOptions, type ReaderContext, type SeenBlob } from "./blob-reader.ts";
import type { Found } from "./found.ts";
import { expect, judge } from "./judge.ts";
import { SecondLook } from "./second-look.ts";

/** What a {@link BlobChecker} works with. */
export interface CheckerContext extends ReaderContext, Pick<CatalogContext, "sql" | "clock"> {}

/** A blob that is to be verified. */
export interface BlobToCheck {
  /** What rows say about it. */
  readonly rows: BlobRows;
  /** It is known to have been put aside. */
  readonly putAside: boolean;
}

/** Options of {@link BlobChecker.check}. */
export interface CheckOptions extends CallOptions {
  /** It is the last look: what somebody works on is judged as it is. */
  readonly isLast: boolean;
}

/** A blob that was verified. */
export interface CheckedBlob extends Pick<SeenBlob, "place" | "bytesRead"> {
  /** What rows say about it. */
  readonly rows: BlobRows;
  /** How it went. */
  readonly verification: BlobVerification;
  /** What is there. */
  readonly found: Found;
  /** Somebody works on it, so that it is to be looked at again; not after the last look. */
  readonly inUse: boolean;
}

/** Verifies blobs: looks at them, compares them with their rows, and looks again at what is bad. Serves one run. */
export class BlobChecker {
  readonly #context: CheckerContext;
  readonly #reader: BlobReader;
  readonly #second: SecondLook;

  /** Looks at nothing yet. */
  constructor(context: CheckerContext, options: LookOptions) {
    this.#context = context;
    this.#reader = new BlobReader(context, options);
    this.#second = new SecondLook(context);
  }

  /** How many bytes will be read for a blob, as far as its rows tell. */
  plannedBytes({ contents }: BlobRows): number {
    const expectation = expect(contents);
    return this.#reader.reads(expectation) ? (expectation.content.bytes ?? 0) : 0;
  }

  /** Verifies blobs; the answers stand in the order of the questions. */
  async check(blobs: readonly BlobToCheck[], options: CheckOptions): Promise<readonly CheckedBlob[]> {
    const seen = await this.#reader.look(
      blobs.map(({ rows }) => rows),
      options,
    );
    const checked: CheckedBlob[] = [];
    for (const [index, blob] of blobs.entries()) {
      checked.push(await this.#conclude(blob, seen[index] as SeenBlob, options));
    }
    return checked;
  }

  /** Verifies one blob, as it is. */
  async checkOne(blob: BlobToCheck, options: CallOptions = {}): Promise<CheckedBlob> {
    const [seen] = await this.#reader.look([blob.rows], options);
    return this.#conclude(blob, seen as SeenBlob, { ...options, isLast: true });
  }

  async #conclude(blob: BlobToCheck, seen: SeenBlob, options: CheckOptions): Promise<CheckedBlob> {
    const first = this.#describe(blob, seen);
    if (!isBad(first.verification)) return first;
    if (!options.isLast && (await this.#second.isInUse(blob.rows.uri, seen))) return { ...first, inUse: true };
    const found = await this.#second.look(seen);
    if (found.kind !== "gone" || !(await this.#second.hasCome(seen))) return this.#describe(blob, { ...seen, found });
    if (!options.isLast) return { ...first, inUse: true };
    const [again] = await this.#reader.look([blob.rows], options);
    return this.#describe(blob, again as SeenBlob);
  }

  #describe({ rows, putAside }: BlobToCheck, { place, found, bytesRead }: SeenBlob): CheckedBlob {
    const checkedAt = formatTimestamp(this.#context.clock.now());
    const verification = judge({ uri: rows.uri, contents: rows.contents, putAside, checkedAt }, found);
    return { rows, place, found, bytesRead, verification, inUse: false };
  }
}

/** Whether a result is a failure. */
export function isBad({ result }: BlobVerification): boolean {
  return result !== "ok" && result !== "unchecked";
}
