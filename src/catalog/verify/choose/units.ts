import type { SqlEngine } from "../../../ports/sql.ts";
import type { QuickCycle } from "../../ledger/due-statements.ts";
import { findBlobRows } from "../../ledger/expectations.ts";
import type { LedgerEntry } from "../../ledger/ledger-entry.ts";
import type { BlobToCheck } from "../look/blob-checker.ts";
import type { Budget } from "../run/budget.ts";
import type { ListedBlobs } from "./listed-blobs.ts";

/** A blob that is to be verified, with what is remembered of it. */
export interface ChosenBlob extends BlobToCheck {
  /** What is remembered of it; `null`: it was never verified. */
  readonly entry: LedgerEntry | null;
  /** How many bytes are to be read, as far as its rows tell. */
  readonly plannedBytes: number;
  /** How far a run has come with it that compares sizes only. */
  readonly cycle?: QuickCycle | undefined;
}

/** Blobs that are read together: as many as a thread gets at once. */
export type Unit = readonly ChosenBlob[];

/** So many blobs are a unit at most, or so many bytes. */
const UNIT_BLOBS = 32;
const UNIT_BYTES = 8 * 1024 * 1024;

/** What {@link chooseUnits} goes by. */
export interface Choice {
  /** Whose rows say what blobs are. */
  readonly sql: SqlEngine;
  /** What may be begun still. */
  readonly budget: Budget;
  /** The time is looked at before each blob, so that each is a unit. */
  readonly singly: boolean;
  /** How many bytes are read for a blob. */
  readonly plannedBytes: (rows: BlobToCheck["rows"]) => number;
  /** Told of a blob that no row names any more. */
  readonly onUnnamed: () => void;
}

/** The blobs of a run, in units, until the budget ends it. */
export async function* chooseUnits(listed: ListedBlobs, choice: Choice): AsyncGenerator<Unit, void, undefined> {
  const { sql, budget, singly, plannedBytes, onUnnamed } = choice;
  for await (const page of listed.pages()) {
    const unread = page.flatMap(({ uri, rows }) => (rows === undefined ? uri : []));
    const rowsOf = await findBlobRows(sql, unread);
    let unit: ChosenBlob[] = [];
    let bytes = 0;
    for (const { uri, entry, cycle, rows = rowsOf.get(uri) } of page) {
      if (rows === undefined) {
        onUnnamed();
        continue;
      }
      const planned = plannedBytes(rows);
      if (unit.length > 0 && (singly || unit.length >= UNIT_BLOBS || bytes + planned > UNIT_BYTES)) {
        yield unit;
        [unit, bytes] = [[], 0];
      }
      if (!budget.begin(planned)) {
        if (unit.length > 0) yield unit;
        return;
      }
      unit.push({ rows, entry, plannedBytes: planned, putAside: entry?.isPutAside ?? false, cycle });
      bytes += planned;
    }
    if (unit.length > 0) yield unit;
  }
}

/** A blob with what its rows say by now; `undefined` when no row names it any more. */
export async function chooseAgain(sql: SqlEngine, blob: ChosenBlob): Promise<ChosenBlob | undefined> {
  const { uri } = blob.rows;
  const rows = (await findBlobRows(sql, [uri], { fresh: true })).get(uri);
  return rows && { ...blob, rows };
}
