import type { DocumentRecord } from "../core/document.ts";
import type { CallOptions } from "./catalog.ts";

/** Options of `remove`. */
export interface RemoveOptions extends CallOptions {
  /** Why, for the record. */
  readonly reason?: string | undefined;
}

/** A document that is gone from the catalog. */
export interface RemovedDocument {
  readonly record: DocumentRecord;
  /** How many variants went with it. */
  readonly variants: number;
}
