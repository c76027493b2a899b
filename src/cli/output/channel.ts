import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import type { CliStream } from "../host.ts";

/** The reader of standard output went away; that is no failure. */
export class BrokenPipe extends Error {
  override readonly name = "BrokenPipe";
}

/** Takes text at once and hands it on in order, as fast as the other end reads. */
export class Channel {
  readonly #stream: CliStream;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(stream: CliStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTerminal;
  }

  /** A terminal that was never given a size says 0. */
  get columns(): number | undefined {
    return this.#stream.columns || undefined;
  }

  /** After a failure, text is dropped; {@link flush} tells. */
  write(text: string): void {
    if (this.#failure !== undefined || text === "") return;
    this.#waiting += text;
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== "" && this.#failure === undefined) {
      const text = this.#waiting;
      this.#waiting = "";
      try {
        await this.#stream.write(text);
      } catch (error) {
        this.#failure = error;
      }
    }
    this.#writing = undefined;
  }

  /**
   * Resolves when everything is written.
   * @throws {BrokenPipe} when nobody reads any more
   * @throws {CatalogError} NO_SPACE, PERMISSION, BACKEND when it cannot be written otherwise
   */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure === undefined) return;
    if (hasCode(this.#failure, "EPIPE")) throw new BrokenPipe("nobody reads any more");
    throw asCatalogError(this.#failure, { verb: "write", path: "standard output" });
  }
}
