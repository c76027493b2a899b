/**
 * The catalog for Node 20.19 and later. SQLite comes as WebAssembly; there is nothing to compile or to install.
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
export type NodeOpenOptions = HostOpenOptions;

/**
 * Opens a catalog with what Node offers: its files, its SHA-256 for large ones, SQLite by sql.js. Relative paths start
 * at the working directory.
 * @throws {CatalogError} CONFIGURATION when a setting cannot be used
 * @throws {CatalogError} BUSY when another process holds the catalog longer than `catalog.busyTimeout`
 * @throws {CatalogError} CORRUPT, SCHEMA_TOO_NEW when the file is no catalog, damaged, or of a newer version
 * @throws {CatalogError} NOT_FOUND when it is missing and `mode` is not `create`
 * @example
 * ```ts
 * import { openCatalog } from "content-catalog/node";
 *
 * const catalog = await openCatalog({ catalog: { path: "state/catalog.sqlite" }, storage: { rootDir: "data/docs" } });
 * const bytes = new TextEncoder().encode("hello"); // as well a stream, or the Response of a fetch
 * const { record, outcome } = await catalog.ingest(bytes, {
 *   artifactId: "doi:10.1234/abcd",
 *   sourceUrl: "https://example.org/abcd.txt",
 *   resolver: "unpaywall",
 * });
 * console.log(outcome, record.sha256, record.storageUri);
 * await catalog.close();
 * ```
 */
export async function openCatalog(options: NodeOpenOptions = {}): Promise<Catalog> {
  const { mode = "create", logger, telemetry, ...input } = options;
  const settings = resolveSettings(settingsFromOptions(input), process.cwd());
  return openNodeCatalog(settings, mode, { logger, telemetry });
}

/** {@link openCatalog} for settings that were read already, with absolute paths. */
export async function openNodeCatalog(
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
    loadSqlJs: () => loadEmbeddedSqlJs(decodeBase64),
    openDigests: async (jobs) => (await import("./digest/open-digests.ts")).openDigests({ jobs, filesOf: "node" }),
    ...given,
  });
}

/** Many times faster than what works everywhere, which matters to a command that is started for one answer. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}

export type { HostOpenOptions } from "./_host-open-options.ts";
export type { OpenMode } from "./_open-with-ports.ts";
