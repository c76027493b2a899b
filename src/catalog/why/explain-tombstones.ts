import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { ResolvedThing } from "../find/resolve-thing.ts";
import { readTombstones } from "../tombstones/find-tombstones.ts";
import type { Tombstone } from "../tombstones/tombstone.ts";
import { selectTombstonesAbout } from "../tombstones/tombstones-statements.ts";
import type { RemovalFact } from "./explanation.ts";

/**
 * What was removed on purpose of all that a word names: of the artifact or the file, and by the removals of rows that it
 * named, or whose bytes had its hash.
 */
export async function explainTombstones(
  sql: SqlEngine,
  { found, removals }: { readonly found: ResolvedThing; readonly removals: readonly RemovalFact[] },
  options: CallOptions,
): Promise<readonly Tombstone[]> {
  const [artifactId = "", cleanId = artifactId] = found.sought.names;
  const about = new Map<number, Tombstone>();
  const note = async (search: Parameters<typeof selectTombstonesAbout>[0]): Promise<void> => {
    for (const each of await readTombstones(sql, selectTombstonesAbout(search), options)) about.set(each.id, each);
  };
  for (const each of new Set([artifactId, cleanId])) await note({ artifactId: each });
  for (const { path } of found.places) if (path !== undefined) await note({ path });
  for (const { catalogId, plan, record, sha256, bytes } of removals) {
    const id = record?.["artifact_id"];
    if (catalogId === null && plan !== null && typeof id === "string")
      await note({ artifactId: id, plan, sha256, bytes });
  }
  return [...about.values()].sort((one, other) => one.id - other.id);
}
