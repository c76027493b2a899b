import { encodeMigration, type MigrationPayload } from "../log/batch-payload.ts";
import { closeLoaded, type Loaded, type StoreParts } from "../protocol/store.ts";
import { notCommitted } from "./failures.ts";

/** How a schema gets younger. */
export interface MigrationPlan {
  /** The latest version. */
  readonly to: number;
  /** What leads from a version to the latest; `undefined` when it is that. */
  from(version: number): MigrationPayload | undefined;
  /** Keeps the file as it is, of that version, under another name. */
  keepFile(version: number): Promise<void>;
}

/**
 * Appends the migration that is due to the log of what is loaded, which is closed: load again. `false` when somebody
 * who writes without the lock was faster and made the frame void: then it is to be tried again.
 * @throws {CatalogError} NOT_COMMITTED
 */
export async function appendMigration(parts: StoreParts, loaded: Loaded, plan: MigrationPlan): Promise<boolean> {
  const { log, replica } = loaded;
  if (log === undefined) throw new TypeError("Cannot migrate: there is no log");
  try {
    // Only now it is certain: what comes between this look and the frame makes the frame void.
    const migration = plan.from(replica.schemaVersion);
    if (migration === undefined) return true;
    // A script that fails must never get into the log.
    replica.migrateInMemory();
    await plan.keepFile(migration.from);
    const { chain, failure } = await log.append({ kind: "migration", payload: encodeMigration(migration) });
    await log.readOn();
    if ((await log.next())?.chain === chain) return true;
    if (failure !== undefined) throw notCommitted(failure, parts.files.snapshot);
    return false;
  } finally {
    await closeLoaded(loaded);
  }
}
