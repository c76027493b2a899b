import type { StorageUri } from "../../core/storage-uri.ts";

/** A hold on one blob: a collector that finds it leaves the blob alone. */
export interface BlobHold {
  /** Ends the hold; after that only a row keeps the blob. */
  release(): Promise<void>;
}

/** Where holds come from. They are durable before the blob is looked at. */
export interface BlobHolds {
  /** Holds the blob with this URI, whether it is there or will be. */
  acquire(uri: StorageUri): Promise<BlobHold>;
}

const NOTHING: BlobHold = { release: async () => {} };

/** Holds nothing: right as long as nobody collects. */
export const noHolds: BlobHolds = { acquire: async () => NOTHING };
