import type { BatchOptions, SqlResult, SqlStatement } from "../../../../ports/sql.ts";
import { encodeBatch } from "../log/batch-payload.ts";
import type { Frame } from "../log/frame.ts";
import type { Appended, OpLog } from "../log/op-log.ts";
import { closeLoaded, type Loaded, type StoreParts } from "../protocol/store.ts";
import { isFull, notCommitted, outcomeUnknown } from "./failures.ts";
import type { OpenOptions } from "./open-options.ts";

/** A batch that waits, and its caller. */
export interface PendingBatch {
  /** What runs, in order, all or none. */
  readonly statements: readonly SqlStatement[];
  /** Of the opening that it came through. */
  readonly openOptions: OpenOptions;
  /** Whether its caller waits until it is durable. */
  readonly durable: boolean;
  /** See `BatchOptions.expectedRows`. */
  readonly expectedRows: number | undefined;
  /** Whether it may use the room that is kept back. */
  readonly makesRoom: boolean;
  /** See `BatchOptions.onCommitted`. */
  readonly onCommitted: BatchOptions["onCommitted"];
  /** Looked at before it runs; later it has no effect. */
  readonly signal: AbortSignal | undefined;
  /** Tells the caller what came of it, one result a statement. */
  readonly resolve: (results: readonly SqlResult[]) => void;
  /** Tells the caller why it is no part of the catalog, or that nobody knows whether it is. */
  readonly reject: (error: unknown) => void;
}

/** A batch that ran; its caller is told when it may be. */
export interface RanBatch {
  /** Which batch it was. */
  readonly pending: PendingBatch;
  /** One for each of its statements. */
  readonly results: readonly SqlResult[];
  /** Whether it changed the database; one that did not needs no frame. */
  readonly changed: boolean;
}

/**
 * - `committed`: all of `ran` is part of the catalog now.
 * - `void`: nothing happened; what others did comes first, then those who were not told anything yet.
 * - `full`: nothing happened, as there is no space.
 * - `lost`: everybody was told that it failed.
 *
 * Unless it is `committed`, what was loaded is of no use any more.
 */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly ran: readonly RanBatch[] }
  | { readonly kind: "void" | "full"; readonly left: readonly PendingBatch[]; readonly failure: unknown }
  | { readonly kind: "lost" };

/**
 * Runs batches, appends one frame for all, and reads back whether it counts. Batches that fail are
 * told at once and leave nothing behind. The log must have been read to its end.
 */
export async function commitGroup(
  parts: StoreParts,
  loaded: Loaded,
  group: readonly PendingBatch[],
): Promise<CommitOutcome> {
  const { replica, log } = loaded;
  if (log === undefined) throw new TypeError("Cannot commit: there is no log");
  const ran = runAll(loaded, group);
  if (replica.broken) {
    fail(ran, notCommitted(new Error("rolling back failed"), parts.files.snapshot));
    return { kind: "lost" };
  }
  const changed = ran.filter((each) => each.changed);
  if (changed.length === 0) return { kind: "committed", ran };
  const { schemaVersion } = replica;
  const statements = changed.flatMap(({ pending }) => pending.statements);
  const payload = encodeBatch({ schemaVersion, statements });
  return appendAndConfirm(parts, loaded, { log, ran, payload });
}

interface Attempt {
  readonly log: OpLog;
  readonly ran: readonly RanBatch[];
  readonly payload: Uint8Array;
}

async function appendAndConfirm(parts: StoreParts, loaded: Loaded, attempt: Attempt): Promise<CommitOutcome> {
  const { log, ran, payload } = attempt;
  const path = parts.files.snapshot;
  let appended: Appended;
  try {
    appended = await log.append({ kind: "batch", payload });
  } catch (error) {
    // Before anything was written.
    fail(ran, notCommitted(error, path));
    return { kind: "lost" };
  }
  let frame: Frame | undefined;
  try {
    frame = await readBack(parts, log, { appended, payload });
  } catch (error) {
    log.markBroken();
    fail(ran, outcomeUnknown(path, error));
    return { kind: "lost" };
  }
  if (frame?.chain === appended.chain) {
    log.accept(frame);
    log.dropWindow();
    loaded.sequence = frame.sequence;
    loaded.chain = frame.chain;
    return { kind: "committed", ran };
  }
  // The replica has what the log has not: it is of no use any more.
  await closeLoaded(loaded);
  const { failure } = appended;
  const left = ran.map(({ pending }) => pending);
  if (failure === undefined) return { kind: "void", left, failure };
  if (isFull(failure)) return { kind: "full", left, failure };
  log.markBroken();
  fail(ran, notCommitted(failure, path));
  return { kind: "lost" };
}

/** The frame that is next in the log: ours, if it counts. */
async function readBack(
  { rules }: StoreParts,
  log: OpLog,
  { appended, payload }: { readonly appended: Appended; readonly payload: Uint8Array },
): Promise<Frame | undefined> {
  if (!rules.readBack) {
    const { sizeBytes } = await log.handle.stat();
    const { chain } = appended;
    return { kind: "batch", start: log.position, end: sizeBytes, sequence: log.sequence + 1, payload, chain };
  }
  // After a complete write the frame, or somebody else's in its place, has to be there.
  await log.readOn(appended.failure === undefined ? appended.end : undefined);
  return log.next();
}

function runAll({ replica }: Loaded, group: readonly PendingBatch[]): readonly RanBatch[] {
  const ran: RanBatch[] = [];
  for (const pending of group) {
    try {
      pending.signal?.throwIfAborted();
      ran.push({ pending, ...replica.run(pending.statements, pending.expectedRows) });
    } catch (error) {
      pending.reject(error);
    }
  }
  return ran;
}

function fail(ran: readonly RanBatch[], error: unknown): void {
  for (const { pending } of ran) pending.reject(error);
}
