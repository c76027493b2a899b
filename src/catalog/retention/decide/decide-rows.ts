import type { DocumentRecord } from "../../../core/document.ts";
import type { CompletePolicy } from "../../../core/retention/policy.ts";
import type { DropReason, KeepReason } from "../../../core/retention/reasons.ts";
import type { CallOptions } from "../../call-options.ts";
import type { CatalogContext } from "../../context.ts";
import type { NamesContext } from "../../files/canonical-name.ts";
import type { RetentionSummary } from "./retention-summary.ts";

/** What {@link decideRows} works with. */
export type DecideContext = Pick<CatalogContext, "sql" | "clock"> & NamesContext;

/** Options of {@link decideRows}. */
export interface DecideOptions extends CallOptions {
  /** Told now and then how many rows were read. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** What becomes of a row that can be read. */
export type DecidedRow = DroppedRow | KeptRow;

/** A row that goes. */
export interface DroppedRow extends DocumentRecord {
  readonly action: "drop_row";
  readonly reason: DropReason;
}

/** A row that stays. Of a damaged one there are only those fields that can be read. */
export interface KeptRow extends Partial<DocumentRecord> {
  readonly action: "keep_row";
  readonly id: number;
  readonly reason: KeepReason;
}

/** What a policy comes to for all rows of a catalog. */
export interface DecidedRows {
  /** All in all. */
  readonly summary: RetentionSummary;
  /** Each row, by id, some hundred at a time; what came or changed since then stays (`changed`). */
  rows(options?: CallOptions): AsyncIterable<readonly DecidedRow[]>;
}

/** Decides about each row of a catalog; nothing is written. */
export declare function decideRows(
  context: DecideContext,
  policy: CompletePolicy,
  options?: DecideOptions,
): Promise<DecidedRows>;
