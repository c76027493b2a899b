import type { OpLog } from "../log/op-log.ts";
import type { Loaded, StoreParts } from "../protocol/store.ts";
import { outcomeUnknown } from "./failures.ts";

/** Brings a log that can be synced onto the device: what was read of it, and its name. */
export async function syncLog({ fs, files, rules }: StoreParts, log: OpLog): Promise<void> {
  if (!log.synced) await log.sync();
  if (!log.nameSynced && rules.nameSynced) await fs.syncDirectory(files.folder);
  log.nameSynced = true;
}

/**
 * Makes durable what one who only reads has loaded, and writes nothing. What was read from a log before this one is in
 * the snapshot, whose name was synced before the log was replaced.
 * @throws {CatalogError} OUTCOME_UNKNOWN, also when it was a sync before that failed: another would not tell
 */
export async function syncForReader(parts: StoreParts, { log }: Loaded): Promise<void> {
  const { fs, files } = parts;
  if (!parts.rules.readerSyncs) return;
  if (log?.broken === true) throw outcomeUnknown(files.snapshot, new Error("a sync of its log failed before"));
  try {
    if (log !== undefined) await syncLog(parts, log);
    // The snapshot may have got its name a moment ago.
    else await fs.syncDirectory(files.folder);
  } catch (error) {
    log?.markBroken();
    throw outcomeUnknown(files.snapshot, error);
  }
}
