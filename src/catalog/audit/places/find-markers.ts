import { quote } from "../../../core/messages/quote.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import { findCatalogId } from "../../meta/catalog-id.ts";
import { selectMeta } from "../../meta/meta-statements.ts";
import { isSameFile } from "../../root/refuse-copy.ts";
import { MEMORY_MARKER, parseRootMarker, type RootMarker } from "../../root/root-marker.ts";
import { OLDER_THAN } from "../../root/root-statements.ts";
import type { UnreadableCatalog } from "../../root/unreadable-catalog.ts";
import type { AuditContext } from "../audit-context.ts";
import { type AuditFinding, type AuditReason, auditFinding } from "../audit-finding.ts";

/**
 * What is wrong with how the root knows the catalog. `isNamed`: rows name files in it.
 * @throws {CatalogError} what the engine and the store throw
 */
export async function* findOwnMarker(
  context: AuditContext,
  { isNamed }: { readonly isNamed: boolean },
): AsyncGenerator<AuditFinding, void, undefined> {
  const { sql, store, catalogPath } = context;
  const name = catalogPath === "" ? MEMORY_MARKER : await findCatalogId(sql);
  const found = name === undefined ? undefined : await store.markers.read(name);
  const who = catalogPath === "" ? "a catalog in memory" : `the catalog ${quote(catalogPath)}`;
  if (found === undefined) {
    if (isNamed)
      yield marker("none", `the root ${quote(store.root)} has no marker of ${who}, whose rows name files in it`);
    return;
  }
  const parsed = parseRootMarker(found);
  if (parsed === undefined) {
    yield marker("damaged", `the marker of ${who} in the root ${quote(store.root)} is damaged`);
    return;
  }
  const { path } = parsed;
  if (path !== null && path !== catalogPath && !(await isSameFile(context, path))) {
    yield marker("stale_path", `the root ${quote(store.root)} has ${who} at ${quote(path)}`, path);
  }
  const missed = await findMissed(sql, parsed);
  if (missed !== undefined) yield marker("older_catalog", `${who} is older than the root has seen it: ${missed}`);
}

async function findMissed(sql: SqlEngine, marker: RootMarker): Promise<string | undefined> {
  const [before] = await sql.query(selectMeta(OLDER_THAN));
  if (before !== undefined) return `it came back with fewer than ${String(before[0])} commits`;
  const { sequence } = await sql.describe();
  // All catalogs in memory have one marker, which counts nothing.
  return sequence < marker.sequence ? `it has ${sequence} of ${marker.sequence} commits` : undefined;
}

/** A catalog that uses the root and cannot be asked. */
export function unreadableCatalog({ id, path, reason }: UnreadableCatalog): AuditFinding {
  return marker("unreadable_catalog", `catalog ${quote(id)} uses the root, too, and ${reason}`, path);
}

function marker(reason: AuditReason, message: string, path: string | null = null): AuditFinding {
  return auditFinding({ kind: "marker", reason, message, path });
}
