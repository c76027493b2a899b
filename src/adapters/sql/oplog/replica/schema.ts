import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Migration } from "../../../../ports/sql.ts";
import type { Replica } from "./replica.ts";

/** The version that the last migration leads to. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.length;
}

/**
 * Checks that versions start at 1 and have no gaps.
 * @throws {RangeError} when they do not, or when there is none
 */
export function checkMigrations(migrations: readonly Migration[]): void {
  if (migrations.length === 0) throw new RangeError("Cannot open a catalog: there are no migrations");
  for (const [index, { version, name }] of migrations.entries()) {
    if (version === index + 1) continue;
    throw new RangeError(`Cannot open a catalog: migration ${quote(name)} has version ${version}, not ${index + 1}`);
  }
}

/** What brings a schema from `version` (0: nothing yet) to the latest. */
export function migrationScript(version: number, migrations: readonly Migration[]): string {
  const steps = migrations.slice(version).map(({ sql }) => sql);
  return `${steps.join("\n;\n")}\n;PRAGMA user_version = ${latestVersion(migrations)}`;
}

/** Brings a schema from `version` to the latest, whole or not at all. */
export function migrate(replica: Replica, version: number, migrations: readonly Migration[]): void {
  replica.runScript(migrationScript(version, migrations));
}

/** Gives an empty database the latest schema. */
export function createSchema(
  replica: Replica,
  options: { readonly applicationId: number; readonly migrations: readonly Migration[] },
): void {
  replica.runScript(`PRAGMA application_id = ${options.applicationId}`);
  migrate(replica, 0, options.migrations);
}

/**
 * Refuses what runs by itself when tables are used, and what would not be in the file: the catalog has no such thing, so
 * somebody else put it there.
 * @throws {CatalogError} CORRUPT naming what was found
 */
export function refuseForeignObjects(replica: Replica, path: string): void {
  const found = replica.inspect(
    `SELECT CASE type WHEN 'table' THEN 'virtual table' ELSE type END, name FROM sqlite_schema
     WHERE type IN ('trigger', 'view') OR (type = 'table' AND rootpage = 0)
     UNION ALL SELECT 'temporary ' || type, name FROM sqlite_temp_schema
     UNION ALL SELECT 'attached database', name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')
     ORDER BY name`,
  );
  if (found.length === 0) return;
  const names = found.map(([type, name]) => `${type} ${quote(String(name))}`).join(", ");
  const reason = `holds what no catalog has: ${names}`;
  throw new CatalogError("CORRUPT", `Cannot open ${quote(path)}: it ${reason}`, {
    details: { path, reason },
    hint: "If you put it there, drop it with the sqlite3 shell; else do not trust the file.",
  });
}
