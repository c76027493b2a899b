import type { SqlJsStatic } from "sql.js";
import { openFileBlobStore } from "../adapters/blob/files.ts";
import { chooseTelemetry } from "../adapters/telemetry/choose-telemetry.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Hashers } from "../catalog/context.ts";
import { type OpenCatalogOptions, openCatalog } from "../catalog/open.ts";
import type { PlacingOptions } from "../catalog/placing/placing-context.ts";
import { parsePathTemplate } from "../core/naming/path-template.ts";
import type { CatalogSettings } from "../core/settings/setting-keys.ts";
import { redactSecrets, type Settings } from "../core/settings.ts";
import { CatalogError } from "../errors.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { DigestPool } from "../ports/digest-pool.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Hasher } from "../ports/hasher.ts";
import type { Http } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";
import type { ProcessTable } from "../ports/process.ts";
import type { SqlEngine } from "../ports/sql.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { SqlOpenMode } from "./engine/open-sql-js.ts";

/** What a runtime brings along. */
export type HostPorts = CommonPorts & (SqlJsLoader | SqlOpener);

/** A runtime in which sql.js works in this thread; it is loaded when a catalog is opened. */
export interface SqlJsLoader {
  /** Gives sql.js with its WebAssembly. */
  readonly loadSqlJs: () => Promise<SqlJsStatic>;
  /** Tells it from a {@link SqlOpener}. */
  readonly openSql?: undefined;
}

/** A runtime in which SQL is elsewhere. */
export interface SqlOpener {
  /** Opens the engine of a catalog, wherever it is. */
  readonly openSql: (catalog: CatalogSettings, mode: SqlOpenMode) => Promise<SqlEngine>;
}

/** What every runtime brings along. */
export interface CommonPorts {
  /** Always the same one in a process, so that openings of one catalog share what is loaded. */
  readonly fs: FileSystem;
  /** Whether nobody else has these files, so that no other catalog is among them. @default false */
  readonly ownFiles?: boolean | undefined;
  /** Gives the time for rows and locks. */
  readonly clock: Clock;
  /** Gives the random names of locks and staged files. */
  readonly entropy: Entropy;
  /** Tells which writers of locks are alive. */
  readonly processes: ProcessTable;
  /** What every runtime shares. */
  readonly wasmHasher: Hasher;
  /** The runtime's own SHA-256, if it has one that takes a stream. */
  readonly nativeHasher?: Hasher | undefined;
  /** Takes the lines that are logged. @default nobody hears them */
  readonly logger?: Logger | undefined;
  /** Measures what the catalog does; `false`: nobody does. @default the OpenTelemetry SDK that is registered, if one is */
  readonly telemetry?: Telemetry | false | undefined;
  /** Gives what asks for URLs, for repairs. @default nothing is fetched */
  readonly openHttp?: (() => Promise<Http>) | undefined;
  /** Home folders of whoever runs this: none of them is collected. @default none is known */
  readonly homes?: readonly string[] | undefined;
  /** The configuration file that the settings came from: it is never moved. */
  readonly configPath?: string | undefined;
  /**
   * Starts what reads and hashes files of {@link fs} beside this thread, as many at once as it is told, or as there are
   * processors, at most four. @default they are read in this thread
   */
  readonly openDigests?: ((jobs?: number) => Promise<DigestPool>) | undefined;
  /** Where bytes go. @default files under the root of the settings */
  readonly store?: BlobStore | undefined;
}

/** Whether a missing catalog is made, and whether anything is written at all. */
export type OpenMode = "create" | "write" | "read";

/**
 * Opens the catalog that the settings name over the ports of a runtime. Paths in the settings are absolute.
 * @throws {CatalogError} UNSUPPORTED for a backend that this version does not have; NOT_FOUND, CORRUPT,
 * SCHEMA_TOO_NEW, BUSY, PERMISSION, ... as the engine throws them
 */
export async function openWithPorts(settings: Settings, mode: OpenMode, ports: HostPorts): Promise<Catalog> {
  const { catalog, storage } = settings;
  if (catalog !== false && catalog.backend !== "sqlite") throw unsupported(`the catalog backend "${catalog.backend}"`);
  const { fs, clock, entropy, processes, logger = silent, homes, openHttp } = ports;
  const telemetry = chooseTelemetry(ports.telemetry);
  // In a root that stays when this process ends nobody could find a catalog by the path that it has in memory.
  const isGone = ports.ownFiles === true && ports.store !== undefined;
  const placing = { ...placingOptions(settings), configPath: ports.configPath, ...(isGone && { catalogPath: "" }) };
  const hashers = chooseHashers(catalog === false ? "auto" : catalog.hasher, ports);
  if (storage.backend !== "fs" && ports.store === undefined) {
    throw unsupported(`the storage backend "${storage.backend}"`);
  }
  const { rootDir } = storage;
  const store = ports.store ?? (await openFileBlobStore({ fs, entropy, rootDir, owner: processes.self() }));
  const sql = catalog === false ? undefined : await openSql(catalog, mode, { ...ports, logger, telemetry });
  try {
    const defaults = catalog === false ? {} : defaultsOf(catalog);
    const context = { sql, store, placing, fs, hashers, clock, logger, telemetry, entropy, processes, homes, openHttp };
    const openOther = findOtherOpener(catalog, { ...ports, logger });
    const { openDigests = () => openFileDigests(fs, hashers) } = ports;
    return await openCatalog({ ...context, openOther, openDigests, ...defaults, readOnly: mode === "read" });
  } catch (error) {
    await sql?.close();
    throw error;
  }
}

/** Loaded when it is asked for, like the threads of other hosts: to open a catalog should take no longer for it. */
async function openFileDigests(fs: FileSystem, { core, large = core }: Hashers): Promise<DigestPool> {
  const { createFileDigests } = await import("../adapters/digest/file-digests.ts");
  return createFileDigests(fs, large);
}

type Defaults = "onChange" | "leaseTtlMs" | "orphanTtlDays" | "trashTtlDays" | "retentionDays" | "keepCopies";

function defaultsOf(settings: CatalogSettings): Pick<OpenCatalogOptions, Defaults> {
  const { onChange, leaseTtl, orphanTtlDays, trashTtlDays, retentionDays, keepCopies } = settings;
  return { onChange, leaseTtlMs: leaseTtl, orphanTtlDays, trashTtlDays, retentionDays, keepCopies };
}

const silent: Logger = { log: () => {} };

/** {@link HostPorts}, with the choice what measures. */
type SqlPorts = HostPorts & { readonly telemetry?: Telemetry | undefined };

/** What opens other catalogs as they are, with the settings of this one; `undefined` where there are none. */
export function findOtherOpener(
  catalog: CatalogSettings | false,
  ports: HostPorts,
): ((path: string) => Promise<SqlEngine>) | undefined {
  if (catalog === false || ports.ownFiles === true) return undefined;
  // Looking into others is no work of theirs.
  return (path) => openSql({ ...catalog, path }, "inspect", { ...ports, telemetry: undefined });
}

async function openSql(catalog: CatalogSettings, mode: SqlOpenMode, ports: SqlPorts): Promise<SqlEngine> {
  if (ports.openSql !== undefined) return ports.openSql(catalog, mode);
  const { openSqlJs } = await import("./engine/open-sql-js.ts");
  return openSqlJs({ catalog, mode, sqljs: ports.loadSqlJs() }, ports);
}

/** How bytes are placed. @throws {CatalogError} CONFIGURATION when the path template cannot be used */
function placingOptions({ storage, catalog }: Settings): PlacingOptions {
  try {
    parsePathTemplate(storage.pathTemplate);
  } catch (cause) {
    const key = "storage.path_template";
    throw new CatalogError("CONFIGURATION", cause instanceof Error ? cause.message : String(cause), {
      details: { origin: "settings", key },
      cause,
      hint: `Change the setting ${key}, or leave it out for its default.`,
    });
  }
  const { layout, casPrefix, pathTemplate, hardlinkDedup } = storage;
  const naming = { layout, casPrefix, pathTemplate, hardlinkDedup };
  if (catalog === false) return naming;
  const { computeSha256, verifyOnRegister, path } = catalog;
  return { ...naming, computeSha256, verifyOnRegister, catalogPath: redactSecrets(path) };
}

function chooseHashers(choice: "auto" | "wasm" | "native", ports: CommonPorts): Hashers {
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
