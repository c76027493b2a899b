import { formatTimestamp } from "../../core/timestamp.ts";
import type { CatalogContext } from "../context.ts";
import { deleteExpiredPins, selectExpiredPin } from "./pin-rows-statements.ts";

/**
 * Ends the pins of this catalog whose time is over, in one batch, if there are any. Only the catalog itself does so: for
 * everybody else a pin holds as long as it is there.
 */
export async function endExpiredPins({ sql, clock }: Pick<CatalogContext, "sql" | "clock">): Promise<void> {
  const now = formatTimestamp(clock.now());
  if ((await sql.query(selectExpiredPin(now))).length === 0) return;
  await sql.batch([deleteExpiredPins(now)]);
}

/** {@link endExpiredPins} beside something that matters more: it is done another time when it fails. */
export async function endExpiredPinsQuietly(context: Pick<CatalogContext, "sql" | "clock" | "logger">): Promise<void> {
  try {
    await endExpiredPins(context);
  } catch (error) {
    context.logger.log("warn", "Could not end pins whose time is over", { error: String(error) });
  }
}
