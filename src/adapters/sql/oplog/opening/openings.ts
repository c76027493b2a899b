import type { Logger } from "../../../../ports/logger.ts";
import type { Manner } from "../commit/manner.ts";

/** Who has a catalog open in this process, and what they want of it together. */
export class Openings {
  readonly #manners: Set<Manner> = new Set();
  /** Tells the logger of each, once. */
  readonly logger: Logger = {
    log: (...line) => {
      for (const logger of new Set([...this.#manners].map((manner) => manner.logger))) logger?.log(...line);
    },
  };

  get size(): number {
    return this.#manners.size;
  }

  /** How many may write. */
  get writers(): number {
    return this.#writing().length;
  }

  /** The most that anybody wants who may write. */
  get keepSnapshots(): number {
    return Math.max(0, ...this.#writing().map(({ keepSnapshots }) => keepSnapshots));
  }

  has(manner: Manner): boolean {
    return this.#manners.has(manner);
  }

  add(manner: Manner): void {
    this.#manners.add(manner);
  }

  delete(manner: Manner): void {
    this.#manners.delete(manner);
  }

  #writing(): readonly Manner[] {
    return [...this.#manners].filter(({ readOnly }) => !readOnly);
  }
}
