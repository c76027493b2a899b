import type { StorageUri } from "../../core/storage-uri.ts";
import type { VerifyFailure } from "../../core/telemetry/metric-labels.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import type { PlacingContext } from "../placing/placing-context.ts";

/** So many damaged blobs are remembered. */
const REMEMBERED = 10_000;

/** Counts a blob that is not what rows say; once, though several rows meet it, or one in several steps. */
export function countDamage(
  { telemetry, state }: Pick<PlacingContext, "telemetry" | "state">,
  { uri, reason }: { readonly uri: StorageUri; readonly reason: VerifyFailure },
  found: BlobStat | undefined,
): void {
  const damaged = JSON.stringify([uri, reason, found?.identity, found?.modifiedMs]);
  if (state.damaged.has(damaged)) return;
  if (state.damaged.size === REMEMBERED) state.damaged.clear();
  state.damaged.add(damaged);
  telemetry.count("contentdownload_verify_failures_total", { reason });
}
