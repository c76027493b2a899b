import type { DocumentRecord } from "../../core/document.ts";
import type { PlanAction, PlannedRow } from "../../core/plan/plan-action.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { Condition } from "../leases/lease-statements.ts";
import { selectMeta } from "../meta/meta-statements.ts";
import { findPins } from "../pins/find-pins.ts";
import { describePin } from "../pins/pinned-error.ts";
import type { PlanFindingKind } from "../plan/plan.ts";
import { ResultReader } from "../register/result-reader.ts";
import {
  type DocumentRemoval,
  type DocumentToRemove,
  findDocumentsToRemove,
  removeDocument,
} from "../remove/row-removal.ts";
import { RemainingCopies } from "./remaining-copies.ts";
import type { RetentionContext } from "./retention-context.ts";
import { selectLeased, whileAsPlanned } from "./retention-statements.ts";

/** A line of a plan by which a row goes. */
export interface RowToDrop {
  /** The line. */
  readonly action: PlanAction;
  /** The row, as it was. */
  readonly row: PlannedRow;
}

/** What became of a line. */
export interface DroppedRow {
  /** The line. */
  readonly action: PlanAction;
  /** Why the row stays; `undefined` if it went. */
  readonly finding: PlanFindingKind | undefined;
  /** More about that, where there is something to say. */
  readonly why?: string | undefined;
}

/** What the rows of a run go by. */
export interface DropOptions {
  /** So many good copies of each unit stay. */
  readonly keepCopies: number;
  /** What `removals` says of them, behind the reason of each. */
  readonly policy: string;
  /** What `removals` calls it: 32 hexadecimal characters. */
  readonly operationId: string;
}

/** A row that is as it was planned. */
interface ReadyRow extends RowToDrop {
  readonly document: DocumentToRemove;
  readonly record: DocumentRecord;
}

/** A row that goes if the conditions in its statements hold. */
interface GoingRow extends ReadyRow {
  readonly removal: DocumentRemoval;
}

/** So often rows are tried that others, which they relied on, went or changed at the same moment. */
const ATTEMPTS = 5;

/** Drops rows that a plan drops, as far as what it says still holds. Serves one run. */
export class RowDropper {
  readonly #context: RetentionContext;
  readonly #options: DropOptions;
  readonly #copies: RemainingCopies;

  /** Looks at nothing yet. */
  constructor(context: RetentionContext, options: DropOptions) {
    this.#context = context;
    this.#options = options;
    this.#copies = new RemainingCopies(context, options.keepCopies);
  }

  /** Drops some rows in one batch; what became of each, in their order. */
  async drop(lines: readonly RowToDrop[], options: CallOptions): Promise<readonly DroppedRow[]> {
    const outcomes = new Map<PlanAction, DroppedRow>();
    let left = lines;
    for (let attempt = 1; left.length > 0; attempt++) {
      for (const each of await this.#try(left, { ...options, isLast: attempt === ATTEMPTS })) {
        outcomes.set(each.action, each);
      }
      left = left.filter(({ action }) => !outcomes.has(action));
    }
    return lines.map(({ action }) => outcomes.get(action) as DroppedRow);
  }

  /** What became of rows; those are missing that may go when others are relied on. */
  async #try(
    lines: readonly RowToDrop[],
    options: CallOptions & { readonly isLast: boolean },
  ): Promise<readonly DroppedRow[]> {
    const { ready, outcomes } = await this.#look(lines, options);
    const conditions = await this.#copies.conditionsFor(ready.map(({ record }) => record));
    const going: GoingRow[] = [];
    const stuck: ReadyRow[] = [];
    for (const each of ready) {
      const copies = conditions.get(each.record.id);
      if (copies === undefined) stuck.push(each);
      else going.push({ ...each, removal: this.#removalOf(each, copies) });
    }
    const refused = await this.#commit(going, options);
    const isRefused = new Set(refused.map(({ action }) => action));
    for (const { action } of going) if (!isRefused.has(action)) outcomes.push({ action, finding: undefined });
    return [...outcomes, ...(await this.#explain(refused, stuck, options))];
  }

  #removalOf({ action, document, record }: ReadyRow, copies: Condition): DocumentRemoval {
    const { clock, root } = this.#context;
    const { operationId, policy } = this.#options;
    const asPlanned = whileAsPlanned(record);
    const fact = { now: formatTimestamp(clock.now()), operationId, reason: `${action.reason}, by ${policy}` };
    const values = [...asPlanned.values, ...copies.values];
    return removeDocument(
      document,
      { ...fact, verb: "retention", casStart: root?.casStart },
      { sql: asPlanned.sql + copies.sql, values },
    );
  }

  /** Commits the removals of rows; those of which a condition did not hold. */
  async #commit(rows: readonly GoingRow[], { signal }: CallOptions): Promise<readonly GoingRow[]> {
    if (rows.length === 0) return [];
    const statements = rows.flatMap(({ removal }) => [...removal.records, removal.deletion]);
    statements.push(...rows.flatMap(({ removal }) => removal.followUps));
    const results = new ResultReader(await this.#context.sql.batch(statements, { signal, makesRoom: true }));
    return rows.filter(({ removal }) => {
      results.skip(removal.records);
      return !results.changed();
    });
  }

  /** The rows that are there as they were planned, and what became of the others. */
  async #look(
    lines: readonly RowToDrop[],
    options: CallOptions,
  ): Promise<{ readonly ready: readonly ReadyRow[]; readonly outcomes: DroppedRow[] }> {
    const { sql } = this.#context;
    // What anybody committed before is to be seen by what follows.
    await sql.query(selectMeta("catalog_id"), { ...options, fresh: true });
    const ids = lines.map(({ row }) => row.id);
    const found = await findDocumentsToRemove({ sql, placing: this.#context }, ids, options);
    const ready: ReadyRow[] = [];
    const outcomes: DroppedRow[] = [];
    for (const line of lines) {
      const document = found.get(line.row.id);
      const record = document?.record;
      if (document === undefined) outcomes.push({ action: line.action, finding: "gone" });
      else if (record !== undefined && isAsPlanned(record, line)) ready.push({ ...line, document, record });
      else outcomes.push({ action: line.action, finding: "changed" });
    }
    return { ready, outcomes };
  }

  /**
   * Why rows stayed. Those that nothing else keeps relied on rows that others dropped or changed at this moment: they are
   * tried again, unless it was the last time.
   */
  async #explain(
    refused: readonly ReadyRow[],
    stuck: readonly ReadyRow[],
    options: CallOptions & { readonly isLast: boolean },
  ): Promise<readonly DroppedRow[]> {
    if (refused.length + stuck.length === 0) return [];
    const { ready, outcomes } = await this.#look([...refused, ...stuck], options);
    const leased = await this.#findLeased(ready, options);
    const pinned = await findPins(
      this.#context.sql,
      ready.map(({ record }) => record.id),
      options,
    );
    const isStuck = new Set(stuck.map(({ action }) => action));
    for (const { action, record } of ready) {
      const [pin] = pinned.get(record.id) ?? [];
      if (pin !== undefined) outcomes.push({ action, finding: "pinned", why: describePin(pin) });
      else if (leased.has(record.storageUri)) outcomes.push({ action, finding: "leased" });
      else if (isStuck.has(action) || options.isLast) outcomes.push({ action, finding: "last_copy" });
    }
    this.#copies.forget();
    return outcomes;
  }

  async #findLeased(rows: readonly ReadyRow[], options: CallOptions): Promise<ReadonlySet<string>> {
    if (rows.length === 0) return new Set();
    const uris = [...new Set(rows.map(({ record }) => record.storageUri))];
    return new Set((await this.#context.sql.query(selectLeased(uris), options)).map(([uri]) => String(uri)));
  }
}

function isAsPlanned({ updatedAt, sha256, storageUri }: DocumentRecord, { action, row }: RowToDrop): boolean {
  return updatedAt === row.updatedAt && sha256 === row.sha256 && storageUri === action.uri;
}
