/**
 * The catalog for Bun 1. Bytes are hashed by Bun itself, and it works in a file of `bun build --compile`, too.
 * @module
 */
import { systemClock } from "../adapters/clock/system.ts";
import { webCryptoEntropy } from "../adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../adapters/fs/node.ts";
import { createNativeHasher } from "../adapters/hash/native.ts";
import { createWasmHasher } from "../adapters/hash/wasm.ts";
import { openNodeHttp } from "../adapters/http/node-open.ts";
import { createNodeProcessTable } from "../adapters/process/node.ts";
import { findNodeHomes } from "../adapters/process/node-homes.ts";
import { loadEmbeddedSqlJs } from "../adapters/sql/wasm/load-embedded.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { resolveSettings, type Settings, settingsFromOptions } from "../core/settings.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { HostOpenOptions } from "./_host-open-options.ts";
import { openHost } from "./_open-host.ts";
import type { OpenMode } from "./_open-with-ports.ts";

/** One for all catalogs: those who open the same one share it. */
const fileSystem = createNodeFileSystem();

/** Options of {@link openCatalog}. */
export type BunOpenOptions = HostOpenOptions;

/**
 * Opens a catalog with what Bun offers: its files, its SHA-256 for large ones, SQLite by sql.js. Relative paths start
 * at the working directory.
 * @throws {CatalogError} as the Node host does
 * @example
 * ```ts ignore
 * import { openCatalog } from "content-catalog/bun";
 *
 * const catalog = await openCatalog({ catalog: { path: "state/catalog.sqlite" }, storage: { rootDir: "data/docs" } });
 * const { record, outcome } = await catalog.ingest(Bun.file("package.json"), {
 *   artifactId: "file:package.json",
 *   sourceUrl: import.meta.resolve("./package.json"),
 *   resolver: "local",
 * });
 * console.log(outcome, record.sha256, record.storageUri);
 * await catalog.close();
 * ```
 */
export async function openCatalog(options: BunOpenOptions = {}): Promise<Catalog> {
  const { mode = "create", logger, telemetry, ...input } = options;
  return openBunCatalog(resolveSettings(settingsFromOptions(input), process.cwd()), mode, { logger, telemetry });
}

/** {@link openCatalog} for settings that were read already, with absolute paths. */
export async function openBunCatalog(
  settings: Settings,
  mode: OpenMode,
  given: {
    readonly logger?: Logger | undefined;
    readonly telemetry?: Telemetry | false | undefined;
    /** The file that the settings came from. */
    readonly configPath?: string | undefined;
    /** Writes nothing, and does all in memory. @default false */
    readonly dryRun?: boolean | undefined;
  } = {},
): Promise<Catalog> {
  return openHost(settings, mode, {
    fs: fileSystem,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: createNodeProcessTable(),
    homes: findNodeHomes(),
    openHttp: openNodeHttp,
    wasmHasher: createWasmHasher(),
    nativeHasher: createNativeHasher(),
    loadSqlJs: () => loadEmbeddedSqlJs(),
    openDigests: async (jobs) => (await import("./digest/open-digests.ts")).openDigests({ jobs, filesOf: "node" }),
    ...given,
  });
}

export type { HostOpenOptions } from "./_host-open-options.ts";
export type { OpenMode } from "./_open-with-ports.ts";
