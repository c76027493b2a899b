import { formatTimestamp, isTimestamp, type Timestamp } from "../../../core/timestamp.ts";
import { isCatalogError } from "../../../errors.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import type { CatalogContext } from "../../context.ts";
import { Fingerprints } from "../live/fingerprints.ts";
import { deleteMarks, type OrphanMark, selectMarkedBehind, selectMarks, upsertMarks } from "./mark-statements.ts";

/** What a name stands for, to be known again. */
export interface MarkedThing {
  /** As the store writes it. */
  readonly uri: string;
  /** Its size in bytes; 0 for a folder. */
  readonly bytes: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** When the last reference to it went, where that is on record. */
  readonly lastRemovedAt?: Timestamp | undefined;
}

/** So many names are written down, or looked through, at a time. */
const PAGE = 1000;

/** What keeps marks from being written where nothing is wrong with the catalog. */
const CANNOT_WRITE = ["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE", "UNSUPPORTED"] as const;

/**
 * Since when things are orphans: since their last reference went, or, where that is not on record, since they were first
 * seen so. What is new is written down at the end, unless nothing is to be written.
 */
export class OrphanMarks {
  readonly #sql: SqlEngine;
  readonly #now: Timestamp;
  readonly #seen = new Fingerprints();
  #unwritten: OrphanMark[] = [];

  /** Reads nothing yet. */
  constructor({ sql, clock }: Pick<CatalogContext, "sql" | "clock">) {
    this.#sql = sql;
    this.#now = formatTimestamp(clock.now());
  }

  /** Since when things are orphans that are some now, in the same order. */
  async look(things: readonly MarkedThing[]): Promise<readonly Timestamp[]> {
    const known = new Map<string, OrphanMark>();
    const uris = things.map(({ uri }) => uri);
    for (const [uri, bytes, modifiedUs, since] of await this.#sql.query(selectMarks(uris))) {
      // What no clock of ours wrote says nothing.
      if (!isTimestamp(since)) continue;
      const mark = { uri: String(uri), bytes: Number(bytes), modifiedUs: Number(modifiedUs), since };
      known.set(mark.uri, mark);
    }
    return things.map((thing) => this.#take(thing, known.get(thing.uri)));
  }

  /** Does not forget what is known about a name that is not asked for this time. */
  keep(uri: string): void {
    this.#seen.add(uri);
  }

  #take({ uri, bytes, modifiedMs, lastRemovedAt }: MarkedThing, known: OrphanMark | undefined): Timestamp {
    this.#seen.add(uri);
    const modifiedUs = Math.round(modifiedMs * 1000);
    const isSame = known?.bytes === bytes && known.modifiedUs === modifiedUs;
    // What was changed since it was seen is not what a row named.
    let since = known === undefined ? (lastRemovedAt ?? this.#now) : this.#now;
    // A row may have come and gone since it was seen.
    if (isSame) since = lastRemovedAt !== undefined && lastRemovedAt > known.since ? lastRemovedAt : known.since;
    if (!isSame || since !== known.since) this.#unwritten.push({ uri, bytes, modifiedUs, since });
    return since;
  }

  /**
   * Writes down what is new, and forgets what was not seen any more: to be called when everything was looked at. Gives why
   * that cannot be, where the catalog cannot be written to at the moment.
   */
  async write(): Promise<string | undefined> {
    try {
      for (let at = 0; at < this.#unwritten.length; at += PAGE) {
        await this.#sql.batch(upsertMarks(this.#unwritten.slice(at, at + PAGE)), { durable: false, makesRoom: true });
      }
      this.#unwritten = [];
      await this.#forgetUnseen();
      await this.#sql.sync();
      return undefined;
    } catch (error) {
      if (CANNOT_WRITE.some((code) => isCatalogError(error, code))) return (error as Error).message;
      throw error;
    }
  }

  async #forgetUnseen(): Promise<void> {
    for (let after: string | undefined = ""; after !== undefined; ) {
      const rows = await this.#sql.query(selectMarkedBehind(after, PAGE));
      const uris: readonly string[] = rows.map(([uri]) => String(uri));
      const gone = uris.filter((uri) => !this.#seen.has(uri));
      if (gone.length > 0) await this.#sql.batch(deleteMarks(gone), { durable: false, makesRoom: true });
      after = uris.length < PAGE ? undefined : uris.at(-1);
    }
  }
}
