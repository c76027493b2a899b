import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { Condition } from "./lease-statements.ts";

/**
 * How bytes came to where they are:
 * - `placed`: this program put them there
 * - `in_place`: they are a file that is registered where it lies
 * - `registered`: somebody gave their URI
 */
export type BlobOrigin = "placed" | "in_place" | "registered";

/** What a lease is taken for. */
export interface LeaseRequest {
  /** The place. */
  readonly uri: StorageUri;
  /** How the bytes come to be there. */
  readonly origin: BlobOrigin;
  /** Of the bytes that it is for, or `null` where it is not known yet. */
  readonly sha256: Sha256 | null;
  /** How many they are, or `null` where it is not known yet. */
  readonly bytes: number | null;
}

/**
 * A claim on one place for bytes, from before anybody looks at what is there until a row names it: no collector takes
 * what has one. It ends in the batch of the row, which has no effect without it, or when it is released.
 */
export interface Lease {
  /** The place. */
  readonly uri: StorageUri;
  /** What batches are conditional on; `undefined` where there is nothing to be conditional on. */
  readonly id: string | undefined;
  /**
   * The bytes get the place now, in a file with that identity, or `null` where their name says whose they are: whatever
   * ends the lease leaves on record that they are ours. With `undefined`, they did not get it. There is nothing to wait
   * for: without that record the bytes are nobody's, and stay.
   */
  identify(identity: string | null | undefined): void;
  /** The place has the bytes from us: another lease of this catalog says so, which came to no row. */
  recognize(): void;
  /**
   * What ends it, for the batch of its row: the last statement deletes it, and changes nothing if it is gone. Bytes that
   * got the place go on record as placed by us. Where the row may keep other bytes, `unless` says how to tell: then these
   * go on record as abandoned, too.
   */
  ending(unless?: Condition): readonly SqlStatement[];
  /** The batch with {@link Lease.ending} has run. */
  end(): void;
  /** Deletes it, unless it has ended. */
  release(): Promise<void>;
}

/** Options of {@link Leases.acquire}. */
export interface AcquireOptions {
  /** See `BatchOptions.expectedRows`: of the batches that the leases are for. */
  readonly expectedRows?: number | undefined;
}

/** Where leases come from. */
export interface Leases {
  /** Takes leases in one step. Every process sees them when it resolves; they need not be durable. */
  acquire(requests: readonly LeaseRequest[], options?: AcquireOptions): Promise<readonly Lease[]>;
}

/** Leases of nothing: for a catalog that is disabled, whose bytes get no rows. */
export const noLeases: Leases = {
  acquire: async (requests) =>
    requests.map(({ uri }) => ({
      uri,
      id: undefined,
      identify: () => {},
      recognize: () => {},
      ending: () => [],
      end: () => {},
      release: async () => {},
    })),
};

/** Takes one lease. */
export async function acquireLease(leases: Leases, request: LeaseRequest): Promise<Lease> {
  const [lease] = await leases.acquire([request]);
  if (lease === undefined) throw new TypeError("Cannot take a lease: none was given");
  return lease;
}
