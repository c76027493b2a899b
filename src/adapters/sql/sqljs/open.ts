import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { baseName, isAbsolutePath, normalizePath, parentPath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { Logger } from "../../../ports/logger.ts";
import type { ProcessTable } from "../../../ports/process.ts";
import type { Migration, SqlEngine } from "../../../ports/sql.ts";
import { missingFileError } from "./catalog-file.ts";
import { createFile } from "./create-file.ts";
import { SqlJsEngine, type SqlJsEngineParts } from "./engine.ts";
import { temporaryPath } from "./leftovers.ts";
import { Replica } from "./replica/replica.ts";
import { checkMigrations, createDatabase } from "./replica/schema.ts";
import type { SqlJsModule } from "./replica/vendor.ts";
import { WriterLock } from "./writer-lock.ts";

/** Options of {@link openSqlJsEngine}. */
export interface SqlJsEngineOptions {
  /** An initialised sql.js module, 1.15.2 or later. The host decides how its wasm is loaded. */
  readonly sqljs: SqlJsModule;
  readonly fs: FileSystem;
  /** The catalog file, absolute. */
  readonly path: string;
  /**
   * - `create`: creates the file and missing folders above it, unless the file is there.
   * - `write`: the file must exist.
   * - `read`: the file must exist; nothing at all is written, and batches that would are refused.
   */
  readonly mode: "create" | "write" | "read";
  /** The schema, from version 1 without gaps. */
  readonly migrations: readonly Migration[];
  /** Tells the files of this program from other SQLite databases (`PRAGMA application_id`). */
  readonly applicationId: number;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly processes: ProcessTable;
  readonly logger?: Logger | undefined;
  /** How long a write waits for another process that writes. @default 5000 */
  readonly busyTimeoutMs?: number | undefined;
  /** How old what a read sees may be; 0 looks at the file before every read. @default 5 */
  readonly refreshIntervalMs?: number | undefined;
}

/**
 * Opens a catalog that is one SQLite file, held in memory by sql.js. A batch is durable when it resolves: the whole
 * file was written aside, synced and renamed over the old one. The first batch that writes takes the writer lock, and
 * `close()` gives it back; readers take none.
 * @throws {CatalogError} NOT_FOUND, CORRUPT, SCHEMA_TOO_NEW, UNSUPPORTED (WAL mode, too large), CONFIGURATION (a
 * folder), PERMISSION, READ_ONLY, NO_SPACE, BUSY when an older schema has to be migrated while another process writes
 */
export async function openSqlJsEngine(options: SqlJsEngineOptions): Promise<SqlEngine> {
  if (!isAbsolutePath(options.path)) throw new TypeError(`Cannot open ${quote(options.path)}: it is no absolute path`);
  checkMigrations(options.migrations);
  const { busyTimeoutMs = 5000, refreshIntervalMs = 5, mode } = options;
  const found = await locate({ ...options, path: normalizePath(options.path) });
  const parts: SqlJsEngineParts = { ...options, ...found, busyTimeoutMs, refreshIntervalMs, readOnly: mode === "read" };
  if (!found.exists) await create(parts);
  const engine = new SqlJsEngine(parts);
  await engine.open();
  return engine;
}

/** The place of the file without symlinks, since what lies beside it is named after that; and whether it is there. */
async function locate(options: SqlJsEngineOptions): Promise<{ readonly path: string; readonly exists: boolean }> {
  const { fs, path, mode } = options;
  try {
    if ((await fs.stat(path)) !== undefined) return { path: await fs.realPath(path), exists: true };
    if (mode !== "create") throw missingFileError(path);
    // Not only whether something is there: another process may have created the catalog since the look before.
    if ((await fs.lstat(path))?.kind === "symlink") throw danglingLink(path);
    const parent = parentPath(path);
    if ((await fs.stat(parent)) === undefined) return { path, exists: false };
    return { path: normalizePath(`${await fs.realPath(parent)}/${baseName(path)}`), exists: false };
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

async function create(parts: SqlJsEngineParts): Promise<void> {
  const { fs, path, entropy, sqljs } = parts;
  const replica = new Replica(sqljs, { path });
  try {
    const bytes = createDatabase(replica, parts);
    const lock = new WriterLock(parts);
    await createFile({ fs, path, temporaryPath: temporaryPath(path, entropy.nonce()), bytes, lock });
  } finally {
    replica.close();
  }
}
