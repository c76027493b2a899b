import type { DocumentRecord } from "../../core/document.ts";
import { type CopyUnit, copyUnitOf } from "../../core/retention/copy-unit.ts";
import type { SqlEngine, SqlRow } from "../../ports/sql.ts";
import { ANYWAY, type Condition } from "../leases/lease-statements.ts";
import { DOCUMENT_FIELDS } from "../records/columns.ts";
import { documentFromRow, isDocumentRow } from "../records/rows.ts";
import { CopyFiles, type CopyFilesContext } from "./copy-files.ts";
import { type StayingRow, selectUnit, type UnitCursor, whileCopiesStay, whileNamed } from "./retention-statements.ts";

/** What {@link RemainingCopies} works with. */
export interface CopiesContext extends CopyFilesContext {
  /** The catalog. */
  readonly sql: SqlEngine;
}

/** Rows of a unit that stay, as far as they were looked at. */
interface UnitRows {
  readonly unit: CopyUnit;
  /** Rows with different files that are there, and not known to be bad; no more than are needed. */
  readonly copies: readonly StayingRow[];
  /** A row for each place, where there are fewer than are needed: then all rows were looked at. */
  readonly places: ReadonlyMap<string, number>;
}

/** Rows that were relied on are asked first the next time; of so many units. */
const REMEMBERED = 10_000;

/** So many rows of a unit are read at a time. */
const PAGE = 100;

/**
 * Finds what remains of units of which rows go, and gives the condition by which each may. Their files are looked at now:
 * what becomes of these before the batch is not seen. Serves one run.
 */
export class RemainingCopies {
  readonly #context: CopiesContext;
  readonly #keepCopies: number;
  readonly #files: CopyFiles;
  readonly #remembered = new Map<string, readonly DocumentRecord[]>();

  /** `keepCopies` are to remain of each unit. */
  constructor(context: CopiesContext, keepCopies: number) {
    this.#context = context;
    this.#keepCopies = keepCopies;
    this.#files = new CopyFiles(context);
  }

  /**
   * By the id of each row that is to go the condition for its statements; `undefined` if too few copies remain. None of
   * these rows counts for the others, as all of them may go in one batch.
   */
  async conditionsFor(rows: readonly DocumentRecord[]): Promise<ReadonlyMap<number, Condition | undefined>> {
    if (this.#keepCopies === 0) return new Map(rows.map(({ id }) => [id, ANYWAY]));
    const going = new Set(rows.map(({ id }) => id));
    const units = new Map<string, UnitRows>();
    const conditions = new Map<number, Condition | undefined>();
    for (const row of rows) {
      const unit = copyUnitOf(row);
      const key = JSON.stringify(unit);
      const found = units.get(key) ?? (await this.#look(unit, { key, going }));
      units.set(key, found);
      conditions.set(row.id, this.#conditionFor(row, found));
    }
    return conditions;
  }

  /** Rows that were relied on went or changed: they are looked for anew. */
  forget(): void {
    this.#remembered.clear();
  }

  #conditionFor({ storageUri }: DocumentRecord, { unit, copies, places }: UnitRows): Condition | undefined {
    if (copies.length >= this.#keepCopies) return whileCopiesStay(unit, copies);
    const id = places.get(storageUri);
    return id === undefined ? undefined : whileNamed(unit, { id, storageUri });
  }

  async #look(
    unit: CopyUnit,
    { key, going }: { readonly key: string; readonly going: ReadonlySet<number> },
  ): Promise<UnitRows> {
    const copies = new Map<string, DocumentRecord>();
    const places = new Map<string, number>();
    const take = async (record: DocumentRecord, isBad: boolean): Promise<boolean> => {
      if (going.has(record.id)) return false;
      places.set(record.storageUri, record.id);
      const file = isBad ? undefined : await this.#files.find(record);
      if (file !== undefined && !copies.has(file)) copies.set(file, record);
      return copies.size >= this.#keepCopies;
    };
    let enough = false;
    for (const record of this.#remembered.get(key) ?? []) enough ||= await take(record, false);
    if (!enough) {
      copies.clear();
      for await (const [record, isBad] of listUnit(this.#context.sql, unit)) if (await take(record, isBad)) break;
    }
    this.#remember(key, [...copies.values()]);
    return { unit, copies: [...copies.values()], places };
  }

  #remember(key: string, copies: readonly DocumentRecord[]): void {
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, copies);
  }
}

/** The rows of a unit that can be read, each with whether its blob is known to be bad. */
async function* listUnit(
  sql: SqlEngine,
  unit: CopyUnit,
): AsyncGenerator<readonly [DocumentRecord, boolean], void, undefined> {
  let after: UnitCursor | undefined = { sourceUrl: "", resolver: "" };
  while (after !== undefined) {
    const rows: readonly SqlRow[] = await sql.query(selectUnit(unit, after, PAGE));
    for (const row of rows) {
      const columns = row.slice(0, DOCUMENT_FIELDS.length);
      if (isDocumentRow(columns)) yield [documentFromRow(columns), row.at(-1) === 1];
    }
    after = rows.length < PAGE ? undefined : cursorOf(rows.at(-1) ?? []);
  }
}

function cursorOf(row: SqlRow): UnitCursor {
  const text = (field: (typeof DOCUMENT_FIELDS)[number]): string => String(row[DOCUMENT_FIELDS.indexOf(field)]);
  return { sourceUrl: text("source_url"), resolver: text("resolver") };
}
