import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { BlobStore } from "../../../ports/blob-store.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { RepairOrigin } from "../repair-options.ts";

/** Bytes that lie in quarantine or in the trash. */
export interface KeptBlob {
  /** In which of the two. */
  readonly origin: RepairOrigin & ("quarantine" | "trash");
  /** Where they lie. */
  readonly at: BlobKey;
  /** How many they are. */
  readonly sizeBytes: number;
  /** What they hash to, as their evidence says; `null`: nobody has read them. */
  readonly sha256: Sha256 | null;
}

/** What was put aside since is looked for when the last look is longer ago, in milliseconds. */
const FRESH_MS = 10_000;

/** What lies in quarantine and in the trash of a root, listed once for many blobs. */
export class KeptBytes {
  readonly #store: BlobStore;
  readonly #clock: Clock;
  #bySize: ReadonlyMap<number, readonly KeptBlob[]> | undefined;
  #listedAtMs = 0;
  #isStale = false;

  /** Has looked at nothing yet. */
  constructor(store: BlobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Something was put aside. */
  changed(): void {
    this.#isStale = true;
  }

  /** What may be certain bytes, and what is known to be them first; without a size, only the latter. */
  async find({
    sha256,
    bytes,
  }: {
    readonly sha256: Sha256;
    readonly bytes: number | null;
  }): Promise<readonly KeptBlob[]> {
    const bySize = await this.#list();
    const sized = bytes === null ? [...bySize.values()].flat() : (bySize.get(bytes) ?? []);
    const known = sized.filter((each) => each.sha256 === sha256);
    return bytes === null ? known : [...known, ...sized.filter((each) => each.sha256 === null)];
  }

  async #list(): Promise<ReadonlyMap<number, readonly KeptBlob[]>> {
    const nowMs = this.#clock.monotonicMs();
    const isOld = this.#isStale && nowMs - this.#listedAtMs > FRESH_MS;
    if (this.#bySize === undefined || isOld) {
      this.#listedAtMs = nowMs;
      this.#isStale = false;
      this.#bySize = await listBySize(this.#store);
    }
    return this.#bySize;
  }
}

async function listBySize(store: BlobStore): Promise<ReadonlyMap<number, readonly KeptBlob[]>> {
  const bySize = new Map<number, KeptBlob[]>();
  const add = (blob: KeptBlob): void => {
    const others = bySize.get(blob.sizeBytes);
    if (others === undefined) bySize.set(blob.sizeBytes, [blob]);
    else others.push(blob);
  };
  for await (const page of store.listQuarantined()) {
    for (const { at, stat, evidence } of page) {
      add({ origin: "quarantine", at, sizeBytes: stat.sizeBytes, sha256: evidence?.actual_sha256 ?? null });
    }
  }
  for await (const page of store.listTaken()) {
    for (const { at, stat } of page) add({ origin: "trash", at, sizeBytes: stat.sizeBytes, sha256: null });
  }
  return bySize;
}
