import type { StorageUri } from "../../core/storage-uri.ts";

/** A hold on one blob: a collector that finds it leaves the blob alone. */
export interface Claim {
  /** Ends the hold; after that only a row keeps the blob. */
  release(): Promise<void>;
}

/** Where holds come from. They are durable before the blob is looked at. */
export interface Claims {
  claim(uri: StorageUri): Promise<Claim>;
}

const NOTHING: Claim = { release: async () => {} };

/** Holds nothing: right as long as nobody collects. */
export const noClaims: Claims = { claim: async () => NOTHING };
