import type { PlanAction } from "../../core/plan/plan-action.ts";
import { formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { Orphan } from "./find/find-orphans.ts";

/** What a caller wants of the orphans. */
export interface ActionChoice {
  /** For how long they must be unreferenced, in milliseconds. */
  readonly ttlMs: number;
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether they go into the trash. */
  readonly trash: boolean;
  /** At most so many. */
  readonly maxFiles: number;
  /** At most so many bytes together. */
  readonly maxBytes: number;
}

/** When an orphan may go. */
export function ripeAt(since: Timestamp, { ttlMs }: Pick<ActionChoice, "ttlMs">): Timestamp {
  return formatTimestamp(Math.min(Date.parse(since) + ttlMs, LAST_MS));
}

/** The last moment that a timestamp can tell, in milliseconds since 1970. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether an orphan may go now. */
export function isRipe(since: Timestamp, { ttlMs, nowMs }: Pick<ActionChoice, "ttlMs" | "nowMs">): boolean {
  return Date.parse(since) + ttlMs <= nowMs;
}

/** The orphans that go, the longest unreferenced first; what does not fit into what is left of the bytes stays. */
export function chooseActions(ripe: readonly Orphan[], choice: ActionChoice): readonly PlanAction[] {
  const sorted = ripe.toSorted((one, other) => compare(one.since, other.since) || compare(one.uri, other.uri));
  const actions: PlanAction[] = [];
  let bytes = 0;
  for (const { uri, stat, reason, since } of sorted) {
    if (actions.length >= choice.maxFiles) break;
    if (bytes + stat.sizeBytes > choice.maxBytes) continue;
    bytes += stat.sizeBytes;
    const action = choice.trash || reason === "unknown" ? "trash" : "delete";
    const { sizeBytes, modifiedMs, identity } = stat;
    actions.push({ action, uri, bytes: sizeBytes, since, ripeAt: ripeAt(since, choice), reason, modifiedMs, identity });
  }
  return actions;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A file with several names is freed when all of them go. */
export class FreedBytes {
  #bytes = 0;
  readonly #left = new Map<string, number>();

  /** What is free by now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A name of a file goes. */
  add({
    identity,
    sizeBytes,
    links = 1,
  }: {
    readonly identity: string;
    readonly sizeBytes: number;
    readonly links?: number | undefined;
  }): void {
    const left = (this.#left.get(identity) ?? links) - 1;
    if (links > 1) this.#left.set(identity, left);
    if (left <= 0) this.#bytes += sizeBytes;
  }
}
