import { isCatalogError } from "../../../../errors.ts";
import type { SqlDamage } from "../../../../ports/sql.ts";
import type { OpLog } from "../log/op-log.ts";
import { openLog } from "../protocol/load.ts";
import { closeQuietly, type Loaded, type StoreParts } from "../protocol/store.ts";

/**
 * Reads the log once more from its beginning, as what is in memory says nothing about what the file has by now. A frame
 * that is not complete is none: nobody was told that it is committed.
 */
export async function checkLog(parts: StoreParts, loaded: Loaded | undefined): Promise<readonly SqlDamage[]> {
  const log = loaded?.log;
  if (log === undefined) return [];
  const path = parts.files.log;
  let again: OpLog | undefined;
  try {
    again = await openLog({ ...parts, readOnly: true });
    const message = again?.header.nonce === log.header.nonce ? await findDamage(again, log) : undefined;
    return message === undefined ? [] : [{ kind: "log", message, path }];
  } catch (error) {
    if (!isCatalogError(error, "CORRUPT")) throw error;
    return [{ kind: "log", message: error.details.reason, path }];
  } finally {
    if (again !== undefined) await closeQuietly(again);
  }
}

async function findDamage(again: OpLog, log: OpLog): Promise<string | undefined> {
  await again.readOn();
  for (let frame = await again.next(); frame !== undefined; frame = await again.next()) again.accept(frame);
  if (again.position < log.position) {
    return `batch ${again.sequence + 1} is damaged by now: it and those behind it are in memory only`;
  }
  const lost = again.countUnreadable();
  if (lost === 1) return "its last batch cannot be read: it was torn by a power failure, or is damaged";
  return lost > 1 ? `its last ${lost} batches cannot be read: the first of them is damaged` : undefined;
}
