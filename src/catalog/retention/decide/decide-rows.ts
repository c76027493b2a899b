import type { DocumentRecord } from "../../../core/document.ts";
import { decideRetention, isDropReason, REASONS, type RetentionDecision } from "../../../core/retention/decide.ts";
import type { CompletePolicy } from "../../../core/retention/policy.ts";
import type { DropReason, KeepReason } from "../../../core/retention/reasons.ts";
import type { CallOptions } from "../../call-options.ts";
import { readSequence } from "../../collect/live/live-sets.ts";
import type { DecideContext } from "./decide-context.ts";
import { findFreeBytes } from "./free-bytes.ts";
import { listDecided } from "./list-decided.ts";
import { BlobLooks } from "./look-at-blobs.ts";
import { type ReadRetainedOptions, readRetained } from "./read-retained.ts";
import type { RetentionSummary } from "./retention-summary.ts";

/** Options of {@link decideRows}. */
export type DecideOptions = ReadRetainedOptions;

/** What becomes of a row. */
export type DecidedRow = DroppedRow | KeptRow;

/** A row that goes. */
export interface DroppedRow extends DocumentRecord {
  /** What becomes of it. */
  readonly action: "drop_row";
  /** Why. */
  readonly reason: DropReason;
}

/** A row that stays. Of a damaged one there are only those fields that can be read. */
export interface KeptRow extends Partial<DocumentRecord> {
  /** What becomes of it. */
  readonly action: "keep_row";
  /** Of the row. */
  readonly id: number;
  /** Why. */
  readonly reason: KeepReason;
}

/** What a policy comes to for all rows of a catalog. */
export interface DecidedRows {
  /** All in all. */
  readonly summary: RetentionSummary;
  /** Each row, by id, some hundred at a time; what came or changed since then stays (`changed`). */
  rows(options?: CallOptions): AsyncIterable<readonly DecidedRow[]>;
}

/**
 * Decides about each row of a catalog, as "Retention" in `schema/README.md` has it; nothing is written. Files are looked at
 * where it depends on them, as other copies are to make up for what goes; none is read.
 * @throws {CatalogError} UNSUPPORTED for `minFreeBytes` where nobody can tell what is free, and what the engine throws
 */
export async function decideRows(
  context: DecideContext,
  policy: CompletePolicy,
  options: DecideOptions = {},
): Promise<DecidedRows> {
  const { sql, clock } = context;
  const sequence = await readSequence(sql, options);
  const freeBytes = policy.minFreeBytes === undefined ? 0 : await findFreeBytes(context);
  const nowMs = clock.now();
  const retained = await readRetained(context, policy, options);
  const looks = new BlobLooks(context, retained);
  let decision: RetentionDecision;
  // Each time more is looked at at once: of very many files that are gone each would need a decision of its own.
  for (let askAtLeast = 0; ; askAtLeast = 4 * askAtLeast + 1) {
    options.signal?.throwIfAborted();
    decision = decideRetention(retained.input, policy, { nowMs, freeBytes, askAtLeast });
    if (decision.asks.length === 0 || (await looks.look(decision.asks, options))) break;
  }
  const { reasons } = decision;
  return {
    summary: summarize(decision, sequence),
    rows: (listOptions = {}) => listDecided(sql, { retained, reasons }, listOptions),
  };
}

function summarize({ reasons, freed, unmet }: RetentionDecision, sequence: number): RetentionSummary {
  const counts = new Float64Array(REASONS.length);
  for (const code of reasons) counts[code] = (counts[code] as number) + 1;
  const found = REASONS.map((reason, code) => [reason, counts[code] as number] as const).filter(([, rows]) => rows > 0);
  return {
    rows: reasons.length,
    dropped: found.reduce((sum, [reason, rows]) => sum + (isDropReason(reason) ? rows : 0), 0),
    freedFiles: freed.files,
    freedBytes: freed.bytes,
    reasons: Object.fromEntries(found),
    unmet,
    sequence,
  };
}
