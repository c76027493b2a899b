import type { Loaded } from "../protocol/store.ts";

/** When closing leaves a single file. */
export type CheckpointOnClose = "auto" | "always" | "never";

/** Folding in more than this at the end takes a moment that people notice. */
const CHEAP_BYTES = 64 * 1024 * 1024;

/** Whether the log is folded in at the end. */
export function foldsAtClose(setting: CheckpointOnClose, loaded: Loaded | undefined): boolean {
  if (loaded?.live !== true || setting !== "auto") return setting !== "never";
  const { sizeBytes } = loaded.snapshot.stat;
  return sizeBytes <= CHEAP_BYTES || logBytes(loaded) > sizeBytes / 10;
}

/** Whether a log has become so long, in itself and compared with the snapshot, that reading it takes time. */
export function isLong(loaded: Loaded, thresholdBytes: number): boolean {
  return logBytes(loaded) >= Math.max(thresholdBytes, loaded.snapshot.stat.sizeBytes / 2);
}

function logBytes({ log }: Loaded): number {
  return log?.position ?? 0;
}
