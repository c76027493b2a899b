import type { ProcessIdentity } from "../../ports/process.ts";

/** Who holds a lease; `null` for what this program did not write. */
export function parseHolder(text: unknown): ProcessIdentity | null {
  try {
    const { host = null, boot_id: bootId = null, pid = null, started_at: startedAt = null } = JSON.parse(String(text));
    return { host, bootId, pid, startedAt };
  } catch {
    return null;
  }
}
