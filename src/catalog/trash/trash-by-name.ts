import type { BlobKey } from "../../core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";

/** A list of the trash that is older than this is made anew before nothing is said to lie there, in milliseconds. */
const FRESH_MS = 1000;

/** What lies in the trash of a root by the names that it had, listed once for many names. */
export class TrashByName {
  readonly #store: BlobStore;
  readonly #clock: Clock;
  #trash: Map<string, readonly TakenBlob[]> | undefined;
  #listedAtMs = 0;

  /** Has looked at nothing yet. */
  constructor(store: BlobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What had a name, what is kept before what was left. */
  async list(key: BlobKey): Promise<readonly TakenBlob[]> {
    if (!this.#store.capabilities.take) return [];
    const name = this.#store.comparableKey(key);
    const known = this.#trash?.get(name);
    if (known !== undefined) return known;
    const nowMs = this.#clock.monotonicMs();
    if (this.#trash === undefined || nowMs - this.#listedAtMs > FRESH_MS) {
      this.#trash = await listByName(this.#store);
      this.#listedAtMs = nowMs;
    }
    return this.#trash.get(name) ?? [];
  }

  /** A blob lies there no more. */
  remove(taken: TakenBlob): void {
    const name = this.#store.comparableKey(taken.key);
    const others = this.#trash?.get(name)?.filter(({ at }) => at !== taken.at);
    if (others !== undefined) this.#trash?.set(name, others);
  }

  /** What was known is not so any more. */
  forget(): void {
    this.#trash = undefined;
  }
}

async function listByName(store: BlobStore): Promise<Map<string, readonly TakenBlob[]>> {
  const trash = new Map<string, readonly TakenBlob[]>();
  for await (const page of store.listTaken()) {
    for (const taken of page) {
      const name = store.comparableKey(taken.key);
      const others = trash.get(name) ?? [];
      trash.set(name, taken.kept ? [taken, ...others] : [...others, taken]);
    }
  }
  return trash;
}
