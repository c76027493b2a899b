import { formatTimestamp } from "../../core/timestamp.ts";
import type { CatalogContext } from "../context.ts";
import { deleteExpired, recordAbandoned, selectExpired } from "./lease-statements.ts";

/**
 * Ends the leases of this catalog whose time is over, and records their places unless rows name them. Only the catalog
 * itself does so: nobody else judges a lease by a clock. Whoever still needs one takes it anew.
 */
export async function endExpiredLeases({ sql, clock }: Pick<CatalogContext, "sql" | "clock">): Promise<void> {
  for (;;) {
    const now = formatTimestamp(clock.now());
    const expired = await sql.query(selectExpired(now));
    if (expired.length === 0) return;
    const statements = expired.flatMap(([id, uri = "", origin = null, sha256 = null, bytes = null, ...rest]) => {
      const [identity = null, expiresAt = ""] = rest;
      const place = { id: String(id), uri, origin, sha256, bytes, identity, expiresAt };
      return [recordAbandoned(place, now), deleteExpired(place.id, expiresAt)];
    });
    const results = await sql.batch(statements);
    // Others were faster, or gave them more time.
    if (results.every(({ changes }) => changes === 0)) return;
  }
}

/** {@link endExpiredLeases} beside something that matters more: it is done another time when it fails. */
export async function endExpiredQuietly(context: Pick<CatalogContext, "sql" | "clock" | "logger">): Promise<void> {
  try {
    await endExpiredLeases(context);
  } catch (error) {
    context.logger.log("warn", "Could not end leases whose time is over", { error: String(error) });
  }
}
