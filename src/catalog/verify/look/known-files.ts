import type { Sha256 } from "../../../core/sha256.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import { isSameState } from "../../placing/stage-content.ts";

/** So many files with several names are remembered at once; a name that comes much later is read once more. */
const MAX_FILES = 50_000;

/** The files of a run that were read and may have further names: these are not read again. */
export class KnownFiles {
  readonly #files = new Map<string, { readonly stat: BlobStat; readonly sha256: Sha256 }>();
  readonly #expected = new Set<Sha256>();

  /** Remembers a file that was read, by the hash that its rows have: its other names have it, too. */
  add(stat: BlobStat, { sha256, expected }: { readonly sha256: Sha256; readonly expected: Sha256 }): void {
    if (stat.links === 1) return;
    if (this.#files.size >= MAX_FILES) {
      this.#files.clear();
      this.#expected.clear();
    }
    this.#files.set(stat.identity, { stat, sha256 });
    this.#expected.add(expected);
  }

  /** Whether a name with this hash on record may be another one of a file that was read, so that a look is worth it. */
  mayKnow(expected: Sha256): boolean {
    return this.#expected.has(expected);
  }

  /** The hash of a file that was read and not changed since. */
  find(stat: BlobStat): Sha256 | undefined {
    const known = this.#files.get(stat.identity);
    return known !== undefined && isSameState(stat, known.stat) ? known.sha256 : undefined;
  }
}
