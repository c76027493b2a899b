import { quote } from "../core/messages/quote.ts";
import { CatalogError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";

/** How long a source may give nothing while the catalog closes, in milliseconds. */
export const CLOSING_IDLE_MS = 10_000;

/**
 * Whether a catalog closes. It is no `AbortSignal`, as workerd binds these to one request, and a catalog serves many.
 */
export class Closing {
  readonly #waiting: Set<() => void> = new Set();
  #begun = false;

  /** The catalog closes, or is closed. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Says so to everybody who waits. */
  begin(): void {
    this.#begun = true;
    for (const call of this.#waiting) call();
    this.#waiting.clear();
  }

  /** Calls back when it begins; gives what takes that back. */
  onBegin(call: () => void): () => void {
    this.#waiting.add(call);
    return () => {
      this.#waiting.delete(call);
    };
  }
}

/** Options of {@link whileOpen}. */
export interface WhileOpenOptions {
  /** `undefined` when the catalog never closes. */
  readonly closing: Closing | undefined;
  /** Measures for how long nothing comes. */
  readonly clock: Clock;
  /** The source, for messages. */
  readonly name: string;
}

/**
 * Waits for a source. A catalog that closes lets running calls finish, but does not wait for ever for somebody else.
 * @throws {CatalogError} CLOSED when the catalog closes, and the source gives nothing for {@link CLOSING_IDLE_MS}
 */
export async function whileOpen<Result>(pending: Promise<Result>, options: WhileOpenOptions): Promise<Result> {
  const { closing, clock } = options;
  if (closing === undefined) return pending;
  const timer = new AbortController();
  let forget = (): void => {};
  const expired = new Promise<never>((_resolve, reject) => {
    const begin = (): void => {
      clock.sleep(CLOSING_IDLE_MS, timer.signal).then(
        () => reject(idleError(options.name)),
        () => undefined,
      );
    };
    if (closing.begun) begin();
    else forget = closing.onBegin(begin);
  });
  try {
    return await Promise.race([pending, expired]);
  } finally {
    timer.abort();
    forget();
    pending.catch(() => undefined);
  }
}

function idleError(name: string): CatalogError<"CLOSED"> {
  const what = `the catalog is being closed, and the source gave nothing for ${CLOSING_IDLE_MS} ms`;
  return new CatalogError("CLOSED", `Cannot read ${quote(name)}: ${what}`, {
    details: { what: "source" },
    hint: "Nothing of it was stored; open the catalog, and ask the source again.",
  });
}
