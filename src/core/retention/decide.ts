import { NamedBlobs } from "./named-blobs.ts";
import type { CompletePolicy } from "./policy.ts";
import { DROP_REASONS, type DropReason, KEEP_REASONS, type KeepReason } from "./reasons.ts";
import { type RetentionInput, ROW_FLAGS } from "./retention-rows.ts";
import { RowsOfBlobs } from "./rows-of-blobs.ts";
import { newestFirst, orderByTime } from "./time-order.ts";
import { UnitCopies } from "./unit-copies.ts";
import type { UnmetCap } from "./unmet-cap.ts";

/** All reasons; {@link RetentionDecision.reasons} has their places in it. */
export const REASONS: readonly (DropReason | KeepReason)[] = [...DROP_REASONS, ...KEEP_REASONS];

/** What a decision goes by beside rows and policy. */
export interface Circumstances {
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
  /** What is free on the device of the root, in bytes; only `minFreeBytes` goes by it. @default 0 */
  readonly freeBytes?: number | undefined;
  /** At least so many blobs of a unit are asked for, if there are so many. @default as few as can be */
  readonly askAtLeast?: number | undefined;
}

/** What a policy comes to. */
export interface RetentionDecision {
  /** Why each row goes or stays: a place in {@link REASONS}. */
  readonly reasons: Uint8Array;
  /** What no row and variant names then. */
  readonly freed: { readonly files: number; readonly bytes: number };
  /** Caps that could not be met. */
  readonly unmet: readonly UnmetCap[];
  /**
   * Blobs that somebody has to look at: nobody has, and the decision takes them for good. Where one is not, or where
   * two are one file, it is made anew. It holds when there are none.
   */
  readonly asks: Int32Array;
}

/** Whether a reason is one to drop a row. */
export function isDropReason(reason: DropReason | KeepReason): reason is DropReason {
  return (DROP_REASONS as readonly string[]).includes(reason);
}

/** Decides about each row, as "Retention" in `schema/README.md` has it. */
export function decideRetention(
  input: RetentionInput,
  policy: CompletePolicy,
  circumstances: Circumstances,
): RetentionDecision {
  return new Decision(input, policy, circumstances).make();
}

/** A row of which nothing is decided. */
const OPEN = 255;

const CODES: ReadonlyMap<DropReason | KeepReason, number> = new Map(REASONS.map((reason, code) => [reason, code]));

/** What holds a row of a blob that a cap would take. */
const HOLDS: readonly number[] = [REASONS.indexOf("pinned"), REASONS.indexOf("leased")];

class Decision {
  readonly #input: RetentionInput;
  readonly #policy: CompletePolicy;
  readonly #circumstances: Circumstances;
  readonly #reasons: Uint8Array;
  readonly #copies: UnitCopies;
  readonly #named: NamedBlobs;
  /** Rows that have a time, the oldest first. */
  readonly #order: Int32Array;

  constructor(input: RetentionInput, policy: CompletePolicy, circumstances: Circumstances) {
    this.#input = input;
    this.#policy = policy;
    this.#circumstances = circumstances;
    this.#reasons = new Uint8Array(input.rows.size).fill(OPEN);
    this.#copies = new UnitCopies(input, policy.keepCopies);
    this.#named = new NamedBlobs(input, policy, circumstances.freeBytes ?? 0);
    this.#order = orderByTime(input.rows.createdMs);
  }

  make(): RetentionDecision {
    this.#holdFlagged();
    this.#applyRules();
    this.#applyCaps();
    this.#keepOthers();
    const { files, bytes } = this.#named.freed;
    return {
      reasons: this.#reasons,
      freed: { files, bytes },
      unmet: this.#named.listUnmet(),
      asks: this.#copies.asks(newestFirst(this.#order), this.#circumstances.askAtLeast ?? 0),
    };
  }

  #holdFlagged(): void {
    const { flags } = this.#input.rows;
    for (let row = 0; row < flags.length; row++) {
      const flag = flags[row] as number;
      if (flag === 0) continue;
      if ((flag & ROW_FLAGS.damaged) !== 0) this.#say(row, "damaged");
      else if ((flag & ROW_FLAGS.outOfScope) !== 0) this.#say(row, "out_of_scope");
      else this.#say(row, (flag & ROW_FLAGS.pinned) === 0 ? "leased" : "pinned");
    }
  }

  /** What rules want to go goes, the oldest first, so that the newest copies are those that remain. */
  #applyRules(): void {
    const { olderThanMs, keepLast } = this.#policy;
    if (olderThanMs === undefined && keepLast === undefined) return;
    const isBeyondLast = keepLast === undefined ? undefined : this.#findBeyond(keepLast);
    const reason = olderThanMs === undefined ? "beyond_last" : "older_than";
    for (const row of this.#order) {
      if (this.#reasons[row] !== OPEN || !this.#isOld(row) || isBeyondLast?.[row] === 0) continue;
      if (this.#copies.mayGo(row)) this.#drop(row, reason);
      else this.#say(row, "last_copy");
    }
  }

  #isOld(row: number): boolean {
    const { olderThanMs = 0 } = this.#policy;
    return this.#policy.olderThanMs === undefined || this.#createdMs(row) < this.#circumstances.nowMs - olderThanMs;
  }

  /** 1 for each row whose unit has so many newer ones that the policy is about. */
  #findBeyond(keepLast: number): Uint8Array {
    const { units, unitCount, flags, size } = this.#input.rows;
    const counts = new Int32Array(unitCount);
    const beyond = new Uint8Array(size);
    for (const row of newestFirst(this.#order)) {
      if (((flags[row] as number) & ROW_FLAGS.outOfScope) !== 0) continue;
      const unit = units[row] as number;
      const newer = counts[unit] as number;
      if (newer >= keepLast) beyond[row] = 1;
      counts[unit] = newer + 1;
    }
    return beyond;
  }

  /** Rows that name one blob go together, where the newest of them stands: the bytes of a blob are free when all are gone. */
  #applyCaps(): void {
    if (!this.#named.isOver) return;
    const groups = new RowsOfBlobs(this.#input, this.#order);
    const youngestMs = this.#circumstances.nowMs - this.#policy.minAgeMs;
    for (const row of this.#order) {
      if (!this.#named.isOver || this.#createdMs(row) > youngestMs) break;
      if (groups.isNewest(row)) this.#cap(this.#input.rows.blobs[row] as number, groups.list(row));
    }
  }

  #cap(blob: number, all: readonly number[]): void {
    const rows = all.filter((row) => !this.#isDropped(row));
    const reason = this.#named.capNearerWithout(blob);
    const isHeld = (row: number): boolean => HOLDS.includes(this.#reasons[row] as number);
    const isFreed = reason !== undefined && !this.#named.isNamedBeside(rows, blob) && !rows.some(isHeld);
    if (isFreed && rows.every((row) => this.#copies.mayGoWhole(row))) {
      for (const row of rows) this.#drop(row, reason);
      return;
    }
    for (const row of rows) if (this.#reasons[row] === OPEN) this.#say(row, isFreed ? "last_copy" : "frees_nothing");
  }

  /** Says why those stay that nothing wanted to go, or that caps did not come to. */
  #keepOthers(): void {
    const { olderThanMs, keepLast, minAgeMs } = this.#policy;
    const { nowMs } = this.#circumstances;
    const { isOver } = this.#named;
    const byRule = olderThanMs === undefined && keepLast === undefined ? "within_caps" : undefined;
    for (const row of this.#order) {
      if (this.#reasons[row] !== OPEN) continue;
      if (isOver) this.#say(row, this.#createdMs(row) > nowMs - minAgeMs ? "min_age" : "frees_nothing");
      else this.#say(row, byRule ?? (olderThanMs !== undefined && !this.#isOld(row) ? "not_older" : "among_last"));
    }
  }

  #drop(row: number, reason: DropReason): void {
    this.#say(row, reason);
    this.#copies.drop(row);
    this.#named.drop(row);
  }

  #say(row: number, reason: DropReason | KeepReason): void {
    this.#reasons[row] = CODES.get(reason) as number;
  }

  #isDropped(row: number): boolean {
    return (this.#reasons[row] as number) < DROP_REASONS.length;
  }

  #createdMs(row: number): number {
    return this.#input.rows.createdMs[row] as number;
  }
}
