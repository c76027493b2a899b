import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { baseName, isAbsolutePath, normalizePath, parentPath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { Hasher } from "../../../ports/hasher.ts";
import type { Logger } from "../../../ports/logger.ts";
import type { ProcessTable } from "../../../ports/process.ts";
import type { Migration, SqlEngine } from "../../../ports/sql.ts";
import type { Telemetry } from "../../../ports/telemetry.ts";
import { createdLike } from "../../created-like.ts";
import type { CheckpointOnClose } from "./commit/checkpoint-log.ts";
import type { MigrationPlan } from "./commit/migration-plan.ts";
import type { Durability, OpenOptions } from "./commit/open-options.ts";
import { StoreEngine } from "./engine.ts";
import { keepPrevious } from "./keep-previous.ts";
import { createDigest } from "./log/chain.ts";
import { createStore } from "./opening/open-store.ts";
import { openShared } from "./opening/shared-stores.ts";
import { missingCatalog } from "./protocol/damage.ts";
import { createSqlJsReplicas } from "./replica/catalog-replicas.ts";
import { checkMigrations, latestVersion, migrationScript } from "./replica/schema.ts";
import type { SqlJsModule } from "./replica/vendor.ts";

/** Options of {@link openSqlJsEngine}. */
export interface SqlJsEngineOptions {
  /**
   * An initialised sql.js module, 1.15.2 or later, or one that is on its way: the file is read meanwhile. The host
   * decides how its wasm is loaded.
   */
  readonly sqljs: SqlJsModule | Promise<SqlJsModule>;
  /** Where the catalog file is; the other files of the catalog are beside it. */
  readonly fs: FileSystem;
  /** The catalog file, absolute. */
  readonly path: string;
  /**
   * - `create`: creates the file and missing folders above it, unless the file is there.
   * - `write`: the file must exist.
   * - `read`: the file must exist; nothing at all is written, and batches that would are refused. An older schema is
   *   brought up to date in memory.
   * - `inspect`: as `read`, but an older schema stays as it is: `describe` tells which.
   */
  readonly mode: "create" | "write" | "read" | "inspect";
  /** The schema, from version 1 without gaps. */
  readonly migrations: readonly Migration[];
  /** Tells the files of this program from other SQLite databases (`PRAGMA application_id`). */
  readonly applicationId: number;
  /** Gives the time for locks and for waiting. */
  readonly clock: Clock;
  /** Gives nonces, and random pauses. */
  readonly entropy: Entropy;
  /** Tells whether the holder of a lock is alive. */
  readonly processes: ProcessTable;
  /** Told what was repaired and what could not be cleared away. @default nobody */
  readonly logger?: Logger | undefined;
  /** Told how long checkpoints took, and waiting for the lock. @default nobody */
  readonly telemetry?: Pick<Telemetry, "record"> | undefined;
  /** How long a write waits for another process that writes. @default 5000 */
  readonly busyTimeoutMs?: number | undefined;
  /** How old what a read sees may be; 0 looks at the file before every read. @default 5 */
  readonly refreshIntervalMs?: number | undefined;
  /** For the chain of the log: SHA-256. @default hash-wasm's */
  readonly hasher?: Hasher | undefined;
  /**
   * When an acknowledged batch is on the device.
   * - `commit`: before it is acknowledged; it survives a power failure.
   * - `batch`: a moment later; it survives the end of the process, and a power failure takes the newest, if any.
   * - `checkpoint`: with the next checkpoint, `sync()` or `close()`; until then as `batch`.
   * @default "commit"
   */
  readonly durability?: Durability | undefined;
  /**
   * Whether closing makes a checkpoint, which leaves one file: `auto` when that is quick. What is acknowledged is safe
   * either way. Of several openings in a process the last that can write does so, as the strongest wants among those
   * that wrote: `always`, `auto`, `never`.
   * @default "auto"
   */
  readonly checkpointOnClose?: CheckpointOnClose | undefined;
  /**
   * How many earlier snapshots a checkpoint leaves beside the catalog; of several openings in a process that can write
   * the largest counts.
   * @default 0
   */
  readonly keepSnapshots?: number | undefined;
}

/** A log of that many bytes, and of half the snapshot, gets a checkpoint. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/**
 * Opens a catalog: a SQLite file, held in memory by sql.js, and a log of what was committed since it was written.
 * Any number of processes may have it open, and write; `schema/oplog-engine.md` says how. Openings in one process
 * share one copy, and each has its own settings; where only one can hold, {@link SqlJsEngineOptions} says which.
 * @throws {CatalogError} NOT_FOUND, CORRUPT, DIVERGED, SCHEMA_TOO_NEW, UNSUPPORTED (WAL mode, too large), CONFIGURATION
 * (a folder), PERMISSION, READ_ONLY, NO_SPACE, BUSY when an older schema has to be migrated while another process writes
 */
export async function openSqlJsEngine(options: SqlJsEngineOptions): Promise<SqlEngine> {
  const { fs, sqljs } = options;
  // Whoever needs it hears of a failure; perhaps nobody does.
  if (sqljs instanceof Promise) sqljs.catch(() => undefined);
  if (!isAbsolutePath(options.path)) throw new TypeError(`Cannot open ${quote(options.path)}: it is no absolute path`);
  checkMigrations(options.migrations);
  const path = await locate({ ...options, path: normalizePath(options.path) });
  const settings = { ...options, path };
  const { applicationId, migrations, processes, mode } = options;
  const keepOlderSchema = mode === "inspect";
  const kind = JSON.stringify([applicationId, migrations.map(({ sql }) => sql), processes.self(), keepOlderSchema]);
  const opening = await openShared(
    { fs, path, kind },
    {
      createStore: () =>
        createStore({
          ...settings,
          replicas: createSqlJsReplicas({ ...settings, keepOlderSchema }),
          digest: createDigest(options.hasher),
          checkpointBytes: CHECKPOINT_BYTES,
        }),
      openOptions: toOpenOptions(options),
      create: mode === "create",
      plan: planMigration(settings),
    },
  );
  return new StoreEngine(opening);
}

function toOpenOptions(options: SqlJsEngineOptions): OpenOptions {
  return {
    readOnly: options.mode === "read" || options.mode === "inspect",
    busyTimeoutMs: options.busyTimeoutMs ?? 5000,
    refreshIntervalMs: options.refreshIntervalMs ?? 5,
    durability: options.durability ?? "commit",
    checkpointOnClose: options.checkpointOnClose ?? "auto",
    keepSnapshots: options.keepSnapshots ?? 0,
    logger: options.logger,
    telemetry: options.telemetry,
  };
}

function planMigration({ fs, path, migrations }: SqlJsEngineOptions): MigrationPlan {
  const to = latestVersion(migrations);
  return {
    to,
    from: (version) => (version < to ? { from: version, to, script: migrationScript(version, migrations) } : undefined),
    keepFile: (version) => keepPrevious(createdLike(fs, { model: path, keep: "access" }), path, version),
  };
}

/** The place of the file without symlinks, since what lies beside it is named after that. */
async function locate(options: SqlJsEngineOptions): Promise<string> {
  const { fs, path, mode } = options;
  try {
    const stat = await fs.stat(path);
    if (stat !== undefined && stat.kind !== "file") throw noRegularFile(path, stat.kind === "directory");
    if (stat !== undefined) return await fs.realPath(path);
    if (mode !== "create") throw missingCatalog(path);
    // Not only whether something is there: another process may have created the catalog since the look before.
    if ((await fs.lstat(path))?.kind === "symlink") throw danglingLink(path);
    const parent = parentPath(path);
    if ((await fs.stat(parent)) === undefined) return path;
    return normalizePath(`${await fs.realPath(parent)}/${baseName(path)}`);
  } catch (error) {
    throw asCatalogError(error, { verb: "open", path });
  }
}

function danglingLink(path: string): CatalogError<"NOT_FOUND"> {
  return new CatalogError("NOT_FOUND", `Cannot open ${quote(path)}: it is a link to a file that is not there`, {
    details: { what: "catalog", path },
    hint: "Remove the link, or create the catalog at the place that it names.",
  });
}

function noRegularFile(path: string, isFolder: boolean): CatalogError<"CONFIGURATION"> {
  const what = isFolder ? "a folder" : "no regular file";
  return new CatalogError("CONFIGURATION", `Cannot open ${quote(path)}: it is ${what}`, {
    details: { origin: path },
    hint: "Name the catalog file itself, for example catalog.sqlite inside that folder.",
  });
}
