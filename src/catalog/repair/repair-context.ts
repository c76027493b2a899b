import type { SqlEngine } from "../../ports/sql.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { RootEntry } from "../root/root-entry.ts";
import type { SourceFetcher } from "./fetch/source-fetcher.ts";
import type { KeptBytes } from "./ladder/kept-bytes.ts";
import type { OtherClaims } from "./place/other-claims.ts";
import type { RepairOptions } from "./repair-options.ts";

/** What one run of `repair` works with. */
export interface RepairContext extends PlacingContext {
  /** Where rows are. */
  readonly sql: SqlEngine;
  /** The catalog in its root. */
  readonly root: RootEntry;
  /** Tells which place a URI means. */
  readonly names: CanonicalNames;
  /** What is known about blobs. */
  readonly ledger: Ledger;
  /** Asks sources. */
  readonly fetcher: SourceFetcher;
  /** What lies in quarantine and in the trash. */
  readonly kept: KeptBytes;
  /** What others have to say about a name. */
  readonly claims: OtherClaims;
  /** How it is done. */
  readonly options: RepairOptions;
}
