import { formatTimestamp } from "../../../core/timestamp.ts";
import type { TakenBlob } from "../../../ports/blob-store.ts";
import { insertTrash } from "../../trash/trash-statements.ts";
import type { CollectContext } from "../collect-context.ts";
import { recordCollected } from "./removal-statements.ts";

/**
 * Puts a blob aside, for ever, that is referenced and whose name others have. That is on record before the blob is there:
 * nobody deletes it.
 */
export async function putAside(context: CollectContext, taken: TakenBlob, operationId?: string): Promise<void> {
  const { sql, store, clock, entropy } = context;
  const uri = store.uriOf(taken.key);
  const now = formatTimestamp(clock.now());
  const plan = operationId ?? entropy.nonce();
  const about = { uri, sha256: null, bytes: taken.stat.sizeBytes, plan };
  await sql.batch(
    [
      insertTrash({ ...about, run: taken.run, kind: "displaced", trashedAt: now, expiresAt: null }),
      recordCollected({ ...about, now, verb: "displace", reason: "its name was taken", origin: null }),
    ],
    { makesRoom: true },
  );
  await store.keepTaken(taken);
}
