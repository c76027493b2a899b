import { NamedBlobs } from "./named-blobs.ts";
import type { CompletePolicy } from "./policy.ts";
import { DROP_REASONS, type DropReason, KEEP_REASONS, type KeepReason } from "./reasons.ts";
import { type RetentionInput, ROW_FLAGS } from "./retention-rows.ts";
import { RowsOfBlobs } from "./rows-of-blobs.ts";
import { orderByTime } from "./time-order.ts";
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
  /** So many blobs of a unit that have gone are asked for as well. @default none */
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

/** The place of each reason in {@link REASONS}. */
const CODE: Readonly<Record<DropReason | KeepReason, number>> = Object.fromEntries(
  REASONS.map((reason, code) => [reason, code]),
) as Record<DropReason | KeepReason, number>;

class Decision {
  readonly #input: RetentionInput;
  readonly #policy: CompletePolicy;
  readonly #createdMs: Float64Array;
  readonly #reasons: Uint8Array;
  readonly #copies: UnitCopies;
  readonly #named: NamedBlobs;
  /** Rows that have a time, the oldest first. */
  readonly #order: Int32Array;
  /** What was created before is old. */
  readonly #oldMs: number;
  /** What was created later is too young for caps. */
  readonly #youngMs: number;
  readonly #askAtLeast: number;

  constructor(input: RetentionInput, policy: CompletePolicy, circumstances: Circumstances) {
    const { nowMs, freeBytes = 0, askAtLeast = 0 } = circumstances;
    const { olderThanMs = Number.NEGATIVE_INFINITY } = policy;
    this.#input = input;
    this.#policy = policy;
    this.#createdMs = input.rows.createdMs;
    this.#reasons = new Uint8Array(input.rows.size).fill(OPEN);
    this.#copies = new UnitCopies(input, policy.keepCopies);
    this.#named = new NamedBlobs(input, policy, freeBytes);
    this.#order = orderByTime(input.rows.createdMs);
    this.#oldMs = nowMs - olderThanMs;
    this.#youngMs = nowMs - policy.minAgeMs;
    this.#askAtLeast = askAtLeast;
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
      asks: this.#copies.asks(this.#order, this.#askAtLeast),
    };
  }

  #holdFlagged(): void {
    const { flags } = this.#input.rows;
    for (let row = 0; row < flags.length; row++) {
      const flag = flags[row] as number;
      if (flag === 0) continue;
      if ((flag & ROW_FLAGS.damaged) !== 0) this.#reasons[row] = CODE.damaged;
      else if ((flag & ROW_FLAGS.outOfScope) !== 0) this.#reasons[row] = CODE.out_of_scope;
      else this.#reasons[row] = (flag & ROW_FLAGS.pinned) === 0 ? CODE.leased : CODE.pinned;
    }
  }

  /** What rules want to go goes, the oldest first, so that the newest copies are those that remain. */
  #applyRules(): void {
    const { olderThanMs, keepLast } = this.#policy;
    if (olderThanMs === undefined && keepLast === undefined) return;
    const isBeyondLast = keepLast === undefined ? undefined : this.#findBeyond(keepLast);
    const code = olderThanMs === undefined ? CODE.beyond_last : CODE.older_than;
    for (const row of this.#order) {
      if ((this.#createdMs[row] as number) >= this.#oldMs) break;
      if (this.#reasons[row] !== OPEN || isBeyondLast?.[row] === 0) continue;
      if (this.#copies.mayGo(row)) this.#drop(row, code);
      else this.#reasons[row] = CODE.last_copy;
    }
  }

  /** 1 for each row whose unit has so many newer ones that the policy is about. */
  #findBeyond(keepLast: number): Uint8Array {
    const { units, unitCount, flags, size } = this.#input.rows;
    const counts = new Int32Array(unitCount);
    const beyond = new Uint8Array(size);
    for (let at = this.#order.length - 1; at >= 0; at--) {
      const row = this.#order[at] as number;
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
    const rows: number[] = [];
    for (const row of this.#order) {
      if (!this.#named.isOver || (this.#createdMs[row] as number) > this.#youngMs) break;
      if (!groups.isNewest(row)) continue;
      rows.length = 0;
      for (let older = row; older >= 0; older = groups.olderThan(older)) {
        if ((this.#reasons[older] as number) >= DROP_REASONS.length) rows.push(older);
      }
      this.#cap(this.#input.rows.blobs[row] as number, rows);
    }
  }

  /** `rows` are all that are left of a blob. */
  #cap(blob: number, rows: readonly number[]): void {
    const reason = this.#named.capNearerWithout(blob);
    let isFreed = reason !== undefined && !this.#named.isNamedBeside(rows, blob);
    let mayGo = isFreed;
    for (let at = 0; at < rows.length && isFreed; at++) {
      const row = rows[at] as number;
      const code = this.#reasons[row];
      if (code === CODE.pinned || code === CODE.leased) isFreed = false;
      else if (!this.#copies.mayGoWhole(row)) mayGo = false;
    }
    const kept = isFreed ? CODE.last_copy : CODE.frees_nothing;
    for (const row of rows) {
      if (isFreed && mayGo && reason !== undefined) this.#drop(row, CODE[reason]);
      else if (this.#reasons[row] === OPEN) this.#reasons[row] = kept;
    }
  }

  /** Says why those stay that nothing wanted to go, or that caps did not come to. */
  #keepOthers(): void {
    const { olderThanMs, keepLast } = this.#policy;
    const { isOver } = this.#named;
    const isByRule = olderThanMs !== undefined || keepLast !== undefined;
    for (const row of this.#order) {
      if (this.#reasons[row] !== OPEN) continue;
      const createdMs = this.#createdMs[row] as number;
      if (isOver) this.#reasons[row] = createdMs > this.#youngMs ? CODE.min_age : CODE.frees_nothing;
      else if (!isByRule) this.#reasons[row] = CODE.within_caps;
      else this.#reasons[row] = createdMs >= this.#oldMs ? CODE.not_older : CODE.among_last;
    }
  }

  #drop(row: number, code: number): void {
    this.#reasons[row] = code;
    this.#copies.drop(row);
    this.#named.drop(row);
  }
}
