import type { CapabilityContext } from "../capability-context.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { FindBytes } from "./bytes/find-bytes.ts";
import { restoreBytes } from "./bytes/restore-bytes.ts";
import { findWanted } from "./find-wanted.ts";
import type { RestoreContext } from "./restore-context.ts";
import type { RestoreOptions, RestoreSummary, RestoreTargets } from "./restore-options.ts";
import { RestoreTally } from "./restore-tally.ts";
import { restoreRows } from "./rows/restore-rows.ts";

/** So many rows are written before what was written is made durable. */
const SYNC_EVERY = 1000;

/**
 * Brings back what was removed: each row with its old id, its variants, and its bytes from where they lie still, or out of
 * the trash. Whatever ends it, nothing is lost, and the next one completes it.
 */
export async function restore(
  context: CapabilityContext,
  targets: RestoreTargets,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const { apply = false, signal } = options;
  const store = context.placing?.store;
  // Before any bytes are moved.
  if (apply && context.placing !== undefined) context.requirePlacing();
  const names = new CanonicalNames({ fs: context.fs, store });
  const tally = new RestoreTally(options);
  const run: RestoreContext = {
    ...context,
    ...{ names, tally, apply, bytes: new FindBytes(context), handled: new Set() },
  };
  let sinceSync = 0;
  for await (const wanted of findWanted({ sql: context.sql, names }, targets, options)) {
    signal?.throwIfAborted();
    if (wanted.what === "rows") await restoreRows(run, wanted.rows);
    else await restoreBytes(run, wanted.bytes);
    tally.looked();
    if (!apply || ++sinceSync < SYNC_EVERY) continue;
    await context.sql.sync();
    sinceSync = 0;
  }
  if (sinceSync > 0) await context.sql.sync();
  return tally.summary;
}
