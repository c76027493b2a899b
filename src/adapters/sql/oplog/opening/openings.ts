import type { Logger } from "../../../../ports/logger.ts";
import type { OpenOptions } from "../commit/open-options.ts";

/** All openings of a catalog in this process, and the settings that they have together. */
export class Openings {
  readonly #all: Set<OpenOptions> = new Set();
  /** Tells the logger of each, once. */
  readonly logger: Logger = {
    log: (...line) => {
      for (const logger of new Set([...this.#all].map((openOptions) => openOptions.logger))) logger?.log(...line);
    },
  };

  /** What one of them measures with. */
  get telemetry(): OpenOptions["telemetry"] {
    return [...this.#all].find(({ telemetry }) => telemetry !== undefined)?.telemetry;
  }

  /** How many there are, of those who write and those who only read. */
  get size(): number {
    return this.#all.size;
  }

  /** How many may write. */
  get writers(): number {
    return this.#writing().length;
  }

  /** The largest setting of those who may write. */
  get keepSnapshots(): number {
    return Math.max(0, ...this.#writing().map(({ keepSnapshots }) => keepSnapshots));
  }

  /** Whether an opening was added and not deleted. */
  has(openOptions: OpenOptions): boolean {
    return this.#all.has(openOptions);
  }

  /** One more has the catalog open. */
  add(openOptions: OpenOptions): void {
    this.#all.add(openOptions);
  }

  /** One does not have it open any more. */
  delete(openOptions: OpenOptions): void {
    this.#all.delete(openOptions);
  }

  #writing(): readonly OpenOptions[] {
    return [...this.#all].filter(({ readOnly }) => !readOnly);
  }
}
