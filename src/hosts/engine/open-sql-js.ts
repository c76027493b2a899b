import type { SqlJsStatic } from "sql.js";
import { openSqlJsEngine, type SqlJsEngineOptions } from "../../adapters/sql/oplog/open.ts";
import { APPLICATION_ID } from "../../catalog/format.ts";
import { MIGRATIONS } from "../../catalog/migrations.gen.ts";
import type { CatalogSettings } from "../../core/settings/setting-keys.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { Hasher } from "../../ports/hasher.ts";
import type { Logger } from "../../ports/logger.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { Telemetry } from "../../ports/telemetry.ts";

/** What {@link openSqlJs} works with. */
export interface SqlJsPorts {
  /** Where the catalog file and its log are. */
  readonly fs: FileSystem;
  /** Gives the time for locks and for waiting. */
  readonly clock: Clock;
  /** Gives the random names of locks and temporary files. */
  readonly entropy: Entropy;
  /** Tells which holders of locks are alive. */
  readonly processes: ProcessTable;
  /** Takes what is worth a line, as what was repaired. @default nobody hears it */
  readonly logger?: Logger | undefined;
  /** Told how long checkpoints took, and waiting for the lock. @default nobody is */
  readonly telemetry?: Pick<Telemetry, "record"> | undefined;
  /** For the chain of the log. @default hash-wasm's */
  readonly wasmHasher?: Hasher | undefined;
  /** Taken instead where the settings allow it: it is there at once, and loading another takes a moment. */
  readonly nativeHasher?: Hasher | undefined;
}

/** What happens where there is no catalog, and whether it may change; see `SqlJsEngineOptions.mode`. */
export type SqlOpenMode = SqlJsEngineOptions["mode"];

/** Which catalog is opened, and how. */
export interface SqlJsRequest {
  /** The settings of the catalog: where it is, how long to wait for it, how durable commits are. */
  readonly catalog: CatalogSettings;
  /** What happens where there is no catalog, and whether it may change. */
  readonly mode: SqlOpenMode;
  /** As the host loads it. */
  readonly sqljs: SqlJsStatic | Promise<SqlJsStatic>;
}

/** Opens the catalog file that the settings name with sql.js. */
export async function openSqlJs(request: SqlJsRequest, ports: SqlJsPorts): Promise<SqlEngine> {
  const { catalog, mode, sqljs } = request;
  const { fs, clock, entropy, processes, logger, telemetry, wasmHasher, nativeHasher } = ports;
  return openSqlJsEngine({
    sqljs,
    fs,
    path: catalog.path,
    mode,
    migrations: MIGRATIONS,
    applicationId: APPLICATION_ID,
    clock,
    entropy,
    processes,
    logger,
    telemetry,
    busyTimeoutMs: catalog.busyTimeout,
    refreshIntervalMs: catalog.refreshInterval,
    durability: catalog.durability,
    checkpointOnClose: catalog.checkpointOnClose,
    keepSnapshots: catalog.keepSnapshots,
    hasher: catalog.hasher === "wasm" ? wasmHasher : (nativeHasher ?? wasmHasher),
  });
}
