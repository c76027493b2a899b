import type { DocumentRecord } from "../../../core/document.ts";
import { isDropReason, REASONS } from "../../../core/retention/decide.ts";
import type { KeepReason } from "../../../core/retention/reasons.ts";
import type { SqlEngine, SqlRow } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { documentFromRow, isDocumentRow, readableFields } from "../../records/rows.ts";
import type { DecidedRow, KeptRow } from "./decide-rows.ts";
import { selectWholeRows } from "./decide-statements.ts";
import { TimeReader } from "./numbers/time-reader.ts";
import { readInPages } from "./read-in-pages.ts";
import type { Retained } from "./read-retained.ts";

/** So many rows are listed at a time. */
const PAGE = 500;

/** What was decided, and about what. */
export interface Decided {
  /** The rows as they were then. */
  readonly retained: Retained;
  /** For each a place in `REASONS`. */
  readonly reasons: Uint8Array;
}

/** Lists the rows of a catalog, each with what was decided about it. One that changed since then stays. */
export async function* listDecided(
  sql: Pick<SqlEngine, "query">,
  decided: Decided,
  { signal }: CallOptions,
): AsyncGenerator<readonly DecidedRow[], void, undefined> {
  const times = new TimeReader();
  for await (const page of readInPages(sql, selectWholeRows, { size: PAGE, signal })) {
    yield page.map((row) => decidedRow(row, decided, times));
  }
}

function decidedRow(row: SqlRow, { retained, reasons }: Decided, times: TimeReader): DecidedRow {
  if (!isDocumentRow(row)) return damagedRow(row);
  const record = documentFromRow(row);
  const at = retained.rows.find(record.id);
  const reason = REASONS[reasons[at] ?? -1] ?? "changed";
  if (!isDropReason(reason)) return { ...record, action: "keep_row", reason };
  const { createdMs, blobs } = retained.input.rows;
  const isSame = createdMs[at] === times.read(row[8]) && blobs[at] === retained.places.find(record.storageUri);
  if (!isSame) return { ...record, action: "keep_row", reason: "changed" };
  return { ...record, action: "drop_row", reason };
}

/** What of it can be read. */
function damagedRow(row: SqlRow): KeptRow {
  const fields = Object.entries(readableFields(row)).map(([name, value]) => [camelCase(name), value] as const);
  const readable: Partial<DocumentRecord> = Object.fromEntries(fields);
  const reason: KeepReason = "damaged";
  return { ...readable, id: Number(row[0]), action: "keep_row", reason };
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
