import type { RestoredThing, RestoreFinding, RestoreOptions, RestoreSummary } from "./restore-options.ts";

/** Counts what comes back, and what does not, and tells it. */
export class RestoreTally {
  readonly #options: Pick<RestoreOptions, "onRestored" | "onFinding" | "onProgress">;
  readonly #counts = { documents: 0, variants: 0, blobs: 0, bytes: 0, findings: 0 };
  #done = 0;

  /** Has counted nothing yet. */
  constructor(options: Pick<RestoreOptions, "onRestored" | "onFinding" | "onProgress">) {
    this.#options = options;
  }

  /** What was counted. */
  get summary(): RestoreSummary {
    return { ...this.#counts };
  }

  /** Something came back, or would. */
  restored(thing: RestoredThing): void {
    const { document, variant, from, bytes } = thing;
    this.#counts[document !== null ? "documents" : variant !== null ? "variants" : "blobs"] += 1;
    if (from === "trash") this.#counts.bytes += bytes;
    this.#options.onRestored?.(thing);
  }

  /** Something does not come back. */
  finding(finding: RestoreFinding): void {
    this.#counts.findings += 1;
    this.#options.onFinding?.(finding);
  }

  /** Something was looked at. */
  looked(): void {
    this.#done += 1;
    this.#options.onProgress?.({ done: this.#done });
  }
}
