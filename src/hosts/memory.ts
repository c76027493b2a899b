/**
 * The catalog in memory, catalog file and stored bytes, for tests and scripts. It needs nothing of its runtime but
 * WebAssembly.
 * @module
 */
import { systemClock } from "../adapters/clock/system.ts";
import { webCryptoEntropy } from "../adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../adapters/fs/memory.ts";
import { createWasmHasher } from "../adapters/hash/wasm.ts";
import { loadEmbeddedSqlJs } from "../adapters/sql/wasm/load-embedded.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { resolveSettings, type SettingsInput, settingsFromOptions } from "../core/settings.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { type OpenMode, openWithPorts } from "./_open-with-ports.ts";
import { noProcesses } from "./engine/no-processes.ts";

/** Options of {@link openCatalog}. */
export interface MemoryOpenOptions extends SettingsInput {
  /** The files in memory; give the same to open the same catalog again. @default a new, empty one */
  readonly fs?: FileSystem | undefined;
  /** See the Node host. @default "create" */
  readonly mode?: OpenMode | undefined;
  /** What time it is, and how long waits take. @default the system's */
  readonly clock?: Clock | undefined;
  /** Where log lines go. @default nowhere */
  readonly logger?: Logger | undefined;
  /** Where measurements go; `false`: nowhere. @default see the Node host */
  readonly telemetry?: Telemetry | false | undefined;
}

/**
 * Opens a catalog that lives in memory, for tests and scripts; it runs wherever WebAssembly does. Relative paths start
 * at "/".
 * @throws {CatalogError} as the Node host does
 * @example
 * ```ts
 * import { openCatalog } from "content-catalog/memory";
 *
 * const catalog = await openCatalog();
 * await catalog.registerOrGet({
 *   artifactId: "doi:10.1234/abcd",
 *   sourceUrl: "https://example.org/abcd.pdf",
 *   resolver: "unpaywall",
 *   bytes: 12_345,
 *   storageUri: "s3://papers/abcd.pdf",
 * });
 * await catalog.close();
 * ```
 */
export async function openCatalog(options: MemoryOpenOptions = {}): Promise<Catalog> {
  const { fs = createMemoryFileSystem(), mode = "create", clock = systemClock, logger, telemetry, ...input } = options;
  return openWithPorts(resolveSettings(settingsFromOptions(input), "/"), mode, {
    fs,
    clock,
    entropy: webCryptoEntropy,
    processes: noProcesses,
    wasmHasher: createWasmHasher(),
    loadSqlJs: () => loadEmbeddedSqlJs(),
    logger,
    telemetry,
  });
}

export { createMemoryFileSystem, type MemoryFileSystemOptions } from "../adapters/fs/memory.ts";
export type { OpenMode } from "./_open-with-ports.ts";
