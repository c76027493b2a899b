import initSqlJs, { type SqlJsStatic } from "sql.js";
import { openSqlJsEngine } from "../adapters/sql/sqljs/open.ts";
import { noTelemetry } from "../adapters/telemetry/none.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Hashers } from "../catalog/context.ts";
import { APPLICATION_ID } from "../catalog/format.ts";
import { MIGRATIONS } from "../catalog/migrations.gen.ts";
import { openCatalog } from "../catalog/open.ts";
import type { Settings } from "../core/settings.ts";
import { CatalogError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Hasher } from "../ports/hasher.ts";
import type { Logger } from "../ports/logger.ts";
import type { ProcessTable } from "../ports/process.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** What a runtime brings along. */
export interface HostPorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly processes: ProcessTable;
  /** What every runtime shares. */
  readonly wasmHasher: Hasher;
  /** The runtime's own SHA-256, if it has one that takes a stream. */
  readonly nativeHasher?: Hasher | undefined;
  readonly logger?: Logger | undefined;
  readonly telemetry?: Telemetry | undefined;
}

/** Whether a missing catalog is made, and whether anything is written at all. */
export type OpenMode = "create" | "write" | "read";

/**
 * Opens the catalog that the settings name over the ports of a runtime. Paths in the settings are absolute.
 * @throws {CatalogError} UNSUPPORTED for a backend that this version does not have; NOT_FOUND, CORRUPT,
 * SCHEMA_TOO_NEW, BUSY, PERMISSION, ... as the engine throws them
 */
export async function openWithPorts(settings: Settings, mode: OpenMode, ports: HostPorts): Promise<Catalog> {
  const { catalog } = settings;
  if (catalog === false) throw unsupported('a catalog that is disabled ("catalog: false")');
  if (catalog.backend !== "sqlite") throw unsupported(`the catalog backend "${catalog.backend}"`);
  if (settings.storage.backend !== "fs") throw unsupported(`the storage backend "${settings.storage.backend}"`);
  const { fs, clock, entropy, processes } = ports;
  const logger = ports.logger ?? { log: () => {} };
  const sql = await openSqlJsEngine({
    sqljs: await loadSqlJs(),
    fs,
    path: catalog.path,
    mode,
    migrations: MIGRATIONS,
    applicationId: APPLICATION_ID,
    clock,
    entropy,
    processes,
    logger,
    busyTimeoutMs: catalog.busyTimeout,
    refreshIntervalMs: catalog.refreshInterval,
  });
  const telemetry = ports.telemetry ?? noTelemetry;
  const hashers = chooseHashers(catalog.hasher, ports);
  try {
    return await openCatalog({ sql, fs, hashers, clock, logger, telemetry, entropy, readOnly: mode === "read" });
  } catch (error) {
    await sql.close();
    throw error;
  }
}

let loading: Promise<SqlJsStatic> | undefined;

/** The sql.js module, loaded once a process. */
function loadSqlJs(): Promise<SqlJsStatic> {
  loading ??= initSqlJs();
  return loading;
}

function chooseHashers(choice: "auto" | "wasm" | "native", ports: HostPorts): Hashers {
  if (choice === "wasm") return { core: ports.wasmHasher };
  if (choice === "auto") return { core: ports.wasmHasher, large: ports.nativeHasher };
  if (ports.nativeHasher) return { core: ports.nativeHasher };
  throw unsupported('the hasher "native": this runtime has none that takes a stream');
}

function unsupported(what: string): CatalogError {
  return new CatalogError("UNSUPPORTED", `Cannot open the catalog: this version does not support ${what}`, {
    details: { what },
    hint: "Change the setting, or leave it out for its default.",
  });
}
