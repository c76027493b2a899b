import { formatTimestamp } from "../../../core/timestamp.ts";
import { isRipe, ripeAt } from "../choose-actions.ts";
import type { CollectContext } from "../collect-context.ts";
import type { Leftover } from "./find-leftovers.ts";

/** What lies in quarantine for long enough. */
export async function findQuarantined(
  { store }: Pick<CollectContext, "store">,
  time: { readonly ttlMs: number; readonly nowMs: number },
): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = [];
  for await (const page of store.listQuarantined()) {
    for (const { at, stat, quarantinedMs } of page) {
      const since = formatTimestamp(quarantinedMs);
      if (!isRipe(since, time)) continue;
      const { sizeBytes: bytes, modifiedMs, identity, links } = stat;
      const times = { since, ripeAt: ripeAt(since, time) };
      const about = { action: "delete", uri: store.uriOf(at), bytes, reason: "quarantine_expired" } as const;
      leftovers.push({ action: { ...about, ...times, modifiedMs, identity }, links });
    }
  }
  return leftovers;
}
