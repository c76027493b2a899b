import { checkpointAndLoad } from "../protocol/checkpoint.ts";
import { load } from "../protocol/load.ts";
import { type Loaded, Overtaken, type StoreParts } from "../protocol/store.ts";
import type { Backoff } from "./backoff.ts";
import { isFull } from "./failures.ts";
import { freeReserve, keepReserve, removeReserve } from "./reserve.ts";

/** Options of {@link checkpointLog}. */
export interface CheckpointLogOptions {
  /** Leave no log behind: one file. */
  readonly removeLog: boolean;
  /** How to wait for others that are faster. */
  readonly backoff: Backoff;
}

/** Writes the log into the snapshot, on a full disk with the help of the reserve; gives what is loaded then. */
export async function checkpointLog(parts: StoreParts, loaded: Loaded, options: CheckpointLogOptions): Promise<Loaded> {
  const checkpointed = await checkpointWithReserve(parts, loaded, options);
  if (checkpointed.log === undefined) await removeReserve(parts);
  return checkpointed;
}

async function checkpointWithReserve(
  parts: StoreParts,
  loaded: Loaded,
  options: CheckpointLogOptions,
): Promise<Loaded> {
  try {
    return await checkpointOrGiveWay(parts, loaded, options);
  } catch (error) {
    if (!isFull(error) || !(await freeReserve(parts))) throw error;
  }
  const again = await load(parts);
  try {
    return await checkpointOrGiveWay(parts, again, options);
  } catch (error) {
    // It was not enough for this, and may be for a batch that makes room.
    await keepReserve(parts, again);
    throw error;
  }
}

async function checkpointOrGiveWay(parts: StoreParts, loaded: Loaded, options: CheckpointLogOptions): Promise<Loaded> {
  const { removeLog, backoff } = options;
  try {
    const checkpointed = await checkpointAndLoad(parts, loaded, { removeLog });
    backoff.reset();
    return checkpointed;
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    await backoff.pause();
    return load(parts);
  }
}

/** When closing leaves a single file. */
export type CheckpointOnClose = "auto" | "always" | "never";

const BY_STRENGTH = ["never", "auto", "always"] as const;

/** The setting that counts when two openings differ. */
export function strongest(one: CheckpointOnClose | undefined, other: CheckpointOnClose): CheckpointOnClose {
  return one !== undefined && BY_STRENGTH.indexOf(one) > BY_STRENGTH.indexOf(other) ? one : other;
}

/** A larger checkpoint at the end takes a moment that people notice. */
const CHEAP_BYTES = 64 * 1024 * 1024;

/** Whether there is a checkpoint at the end. */
export function checkpointsAtClose(setting: CheckpointOnClose, loaded: Loaded | undefined): boolean {
  if (loaded?.live !== true || setting !== "auto") return setting !== "never";
  const { sizeBytes } = loaded.snapshot.stat;
  return sizeBytes <= CHEAP_BYTES || logBytes(loaded) > sizeBytes / 10;
}

/** While batches come in a row, a checkpoint makes up for all that was put off for them, each time anew. */
const IN_A_ROW_FACTOR = 16;

/**
 * Whether a log has become so long, in itself and compared with the snapshot, that reading it takes time. In a row of
 * batches that are to add many rows it may become longer.
 */
export function isLong(
  loaded: Loaded,
  { thresholdBytes, inARow }: { readonly thresholdBytes: number; readonly inARow: boolean },
): boolean {
  const { sizeBytes } = loaded.snapshot.stat;
  const limit = inARow
    ? Math.max(thresholdBytes * IN_A_ROW_FACTOR, sizeBytes)
    : Math.max(thresholdBytes, sizeBytes / 2);
  return logBytes(loaded) >= limit;
}

function logBytes({ log }: Loaded): number {
  return log?.position ?? 0;
}
