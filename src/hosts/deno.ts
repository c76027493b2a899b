/**
 * The catalog for Deno 2. Everything local needs `--allow-read` and `--allow-write` of the root and of the folder of
 * the catalog, and nothing else.
 * @module
 */
import { systemClock } from "../adapters/clock/system.ts";
import { webCryptoEntropy } from "../adapters/entropy/web-crypto.ts";
import { createDenoFileSystem } from "../adapters/fs/deno.ts";
import { createNativeHasher } from "../adapters/hash/native.ts";
import { createWasmHasher } from "../adapters/hash/wasm.ts";
import { openNodeHttp } from "../adapters/http/node-open.ts";
import { createDenoProcessTable } from "../adapters/process/deno.ts";
import { findDenoHomes } from "../adapters/process/deno-homes.ts";
import { loadEmbeddedSqlJs } from "../adapters/sql/wasm/load-embedded.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { resolveSettings, type Settings, settingsFromOptions } from "../core/settings.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { HostOpenOptions } from "./_host-open-options.ts";
import { openHost } from "./_open-host.ts";
import type { OpenMode } from "./_open-with-ports.ts";

declare const Deno: { cwd(): string };

let fileSystem: FileSystem | undefined;

/** One for all catalogs: those who open the same one share it. Made late, as other runtimes load this file too. */
function openFileSystem(): FileSystem {
  fileSystem ??= createDenoFileSystem();
  return fileSystem;
}

/** Options of {@link openCatalog}. */
export type DenoOpenOptions = HostOpenOptions;

/**
 * Opens a catalog with what Deno offers: its files, its SHA-256 for large ones, SQLite by sql.js. Relative paths start
 * at the working directory.
 * @throws {CatalogError} PERMISSION when a flag is missing; the hint names it
 * @throws {CatalogError} all others as the Node host does
 * @example
 * ```ts
 * import { openCatalog } from "@content-catalog/catalog/deno";
 *
 * await using catalog = await openCatalog({ catalog: { path: "state/catalog.sqlite" } });
 * await catalog.registerOrGet({
 *   artifactId: "doi:10.1234/abcd",
 *   sourceUrl: "https://example.org/abcd.pdf",
 *   resolver: "unpaywall",
 *   bytes: 12_345,
 *   storageUri: "s3://papers/abcd.pdf",
 * });
 * for await (const { artifactId, bytes } of catalog.search({ minBytes: 10_000 })) console.log(artifactId, bytes);
 * ```
 */
export async function openCatalog(options: DenoOpenOptions = {}): Promise<Catalog> {
  const { mode = "create", logger, telemetry, ...input } = options;
  return openDenoCatalog(resolveSettings(settingsFromOptions(input), Deno.cwd()), mode, { logger, telemetry });
}

/** {@link openCatalog} for settings that were read already, with absolute paths. */
export async function openDenoCatalog(
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
    fs: openFileSystem(),
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: createDenoProcessTable(),
    homes: findDenoHomes(),
    openHttp: openNodeHttp,
    wasmHasher: createWasmHasher(),
    nativeHasher: createNativeHasher(),
    loadSqlJs: () => loadEmbeddedSqlJs(),
    openDigests: async (jobs) => (await import("./digest/open-digests.ts")).openDigests({ jobs, filesOf: "deno" }),
    ...given,
  });
}

export type { HostOpenOptions } from "./_host-open-options.ts";
export type { OpenMode } from "./_open-with-ports.ts";
