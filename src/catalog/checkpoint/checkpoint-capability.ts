import type { SqlCheckpoint } from "../../ports/sql.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { endExpiredQuietly } from "../leases/end-expired.ts";
import { endExpiredPinsQuietly } from "../pins/end-expired-pins.ts";

/** Makes the catalog one file. */
export interface CheckpointCapability {
  /**
   * Brings everything into the catalog file and leaves only that: one SQLite file that can be copied. Closing does so
   * by itself when it is quick, see the setting `checkpointOnClose`.
   * @throws {CatalogError} BUSY, NO_SPACE, DIVERGED, READ_ONLY; nothing that was acknowledged is lost
   */
  checkpoint(): Promise<SqlCheckpoint>;
}

/** The methods of {@link CheckpointCapability}. */
export function createCheckpointCapability(context: CapabilityContext): CheckpointCapability {
  const { sql, root, readOnly } = context;
  return {
    checkpoint: async () => {
      if (!readOnly) {
        await endExpiredQuietly(context);
        await endExpiredPinsQuietly(context);
      }
      const done = await sql.checkpoint();
      await root?.raise();
      return done;
    },
  };
}
