import type { DocumentRecord } from "../core/document.ts";

/** Some of the documents that a search found. */
export interface SearchPage {
  readonly records: readonly DocumentRecord[];
  /** Give it to the next call to go on; `undefined` on the last page. */
  readonly cursor: string | undefined;
}
