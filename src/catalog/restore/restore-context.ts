import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { CapabilityContext } from "../capability-context.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import type { BlobOrigin, Lease } from "../leases/lease.ts";
import type { FindBytes } from "./bytes/find-bytes.ts";
import type { RestoreTally } from "./restore-tally.ts";

/** What a restoration works with. */
export interface RestoreContext extends CapabilityContext {
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
  /** Finds bytes where they lie still, and in the trash. */
  readonly bytes: FindBytes;
  /** Whether it is done, or only said. */
  readonly apply: boolean;
  /** Places of rows that were restored, or could not be: their bytes are no matter of their own. */
  readonly handled: Set<StorageUri>;
  /** Is told what came back, and what did not. */
  readonly tally: RestoreTally;
}

/** What a place is claimed for. */
export interface ClaimRequest {
  /** The place. */
  readonly place: NamedPlace;
  /** What is on record about how bytes came there. */
  readonly origin: string | null;
  /** Of the bytes, as far as it is known. */
  readonly sha256: Sha256 | null;
  /** How many they are, as far as it is known. */
  readonly bytes: number | null;
}

/** Leases of places in the root, each taken before anybody looks at the place. What only says needs none. */
export class RestoreClaims {
  readonly #context: RestoreContext;
  readonly #leases = new Map<StorageUri, Lease>();

  /** Has none yet. */
  constructor(context: RestoreContext) {
    this.#context = context;
  }

  /** Takes leases of those of the places that lie in the root and have none yet. */
  async add(requests: readonly ClaimRequest[]): Promise<void> {
    const { apply, placing } = this.#context;
    if (!apply || placing === undefined) return;
    const wanted = new Map<StorageUri, ClaimRequest>();
    for (const request of requests) {
      const { uri, key } = request.place;
      if (key !== undefined && !this.#leases.has(uri)) wanted.set(uri, request);
    }
    // A collector reads the leases of those catalogs only that the root knows.
    await placing.root?.enterFor(wanted.keys());
    const leases = await placing.leases.acquire(
      [...wanted.values()].map(({ place: { uri }, origin, sha256, bytes }) => ({
        uri,
        origin: parseOrigin(origin),
        sha256,
        bytes,
      })),
    );
    for (const lease of leases) this.#leases.set(lease.uri, lease);
  }

  /** The lease of a place; `undefined` for one that needs none. */
  find(uri: StorageUri): Lease | undefined {
    return this.#leases.get(uri);
  }

  /** Ends those that no row has ended. */
  async release(): Promise<void> {
    for (const lease of this.#leases.values()) await lease.release();
  }
}

function parseOrigin(origin: string | null): BlobOrigin {
  return origin === "placed" || origin === "in_place" ? origin : "registered";
}
