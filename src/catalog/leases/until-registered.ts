import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";

/** How often a lease may be ended by others before it is called a conflict. */
export const LEASE_ATTEMPTS = 5;

/**
 * Repeats what takes leases and registers by them: an attempt gives `undefined` when it has to start again.
 * @throws {CatalogError} CONFLICT when that goes on
 */
export async function untilRegistered<Result>(
  artifactId: string,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  for (let times = 1; times <= LEASE_ATTEMPTS; times++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw leaseLost(artifactId);
}

/** Others ended the lease of what was to be registered, each time. */
export function leaseLost(artifactId: string): CatalogError<"CONFLICT"> {
  const reason = "others ended its lease, or took its key, each time before its row was there";
  return new CatalogError("CONFLICT", `Cannot register ${quote(artifactId)}: ${reason}`, {
    details: { reason },
    hint: "Check that the clocks of all who use the catalog agree, raise the setting catalog.lease_ttl, and try again.",
  });
}
