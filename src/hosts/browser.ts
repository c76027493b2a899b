/**
 * The catalog for browsers. SQL engine, hasher and files are in a worker of their own; the page keeps its main thread.
 * Works under the policy `script-src 'self' 'wasm-unsafe-eval'`.
 * @module
 */
import { systemClock } from "../adapters/clock/system.ts";
import { webCryptoEntropy } from "../adapters/entropy/web-crypto.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { quote } from "../core/messages/quote.ts";
import { resolveSettings, type Settings, settingsFromOptions } from "../core/settings.ts";
import { CatalogError } from "../errors.ts";
import type { HostOpenOptions } from "./_host-open-options.ts";
import { type OpenMode, openWithPorts } from "./_open-with-ports.ts";
import type { LocalPorts, LocalPortsRequest } from "./browser/local-ports.ts";
import { openWorkerPorts } from "./browser/worker-ports.ts";
import { type CatalogFile, readCatalogFile } from "./engine/catalog-file.ts";

/** Options of {@link openCatalog}. */
export interface BrowserOpenOptions extends HostOpenOptions {
  /**
   * Where the files are: in the origin private file system, where every page of the origin finds them again, or in
   * memory, for as long as the catalog is open.
   * @default "memory" with a `file`, else "opfs"
   */
  readonly files?: "opfs" | "memory" | undefined;
  /**
   * A catalog file to begin with, in memory: what a user dropped or picked, what a fetch brought, or bytes. It stays as
   * it is. It must be one that was closed, or brought into one file by `catalog checkpoint`. @default a new catalog
   */
  readonly file?: CatalogFile | undefined;
  /** `create`, `write` and `read` as on other hosts. @default "read" with a `file`, else "create" */
  readonly mode?: OpenMode | undefined;
  /**
   * The worker, or the URL of its script, for bundlers that do not find it:
   * `new Worker(new URL("content-catalog/browser/worker", import.meta.url), { type: "module" })`. One that you made is
   * yours to end. `false` does all work in this thread: in a worker of yours that has nothing else to do.
   * @default `browser-worker.mjs` beside this script; in a dedicated worker `false`
   */
  readonly worker?: Worker | URL | string | false | undefined;
  /** The WebAssembly of sql.js, or its URL. @default `sql-wasm.wasm` beside this script */
  readonly wasm?: URL | string | ArrayBuffer | Uint8Array | undefined;
}

/** A catalog of a browser. */
export interface BrowserCatalog extends Catalog {
  /** The catalog as one SQLite file, for any other host or SQLite tool. */
  exportFile(): Promise<Uint8Array>;
}

/**
 * Opens a catalog in the browser: one in the origin private file system, which several pages may have open at once; a
 * file that somebody dropped, to read; or one in memory. Relative paths start at "/", the root of that file system.
 * @throws {CatalogError} UNAVAILABLE when the worker does not start; UNSUPPORTED in browsers that are too old
 * @throws {CatalogError} all others as the Node host does
 * @example
 * ```ts
 * import { openCatalog } from "content-catalog/browser";
 *
 * addEventListener("drop", async (event) => {
 *   event.preventDefault();
 *   const catalog = await openCatalog({ file: event.dataTransfer?.files[0] });
 *   for await (const record of catalog.search({ text: "climate" })) console.log(record.artifactId, record.storageUri);
 *   await catalog.close();
 * });
 * ```
 */
export async function openCatalog(options: BrowserOpenOptions = {}): Promise<BrowserCatalog> {
  const { file, worker, wasm, logger, telemetry, files: _files, mode: _mode, ...input } = options;
  const { files = file === undefined ? "opfs" : "memory", mode = file === undefined ? "create" : "read" } = options;
  const settings = resolveSettings(settingsFromOptions(input), "/");
  const request: LocalPortsRequest = {
    files,
    file: file && { path: catalogPath(settings, files), content: await toBlob(file) },
    wasm: toWasm(wasm),
  };
  const ports = await openPorts(worker, request);
  try {
    const catalog = await openWithPorts(settings, mode, {
      ...{ fs: ports.fs, processes: ports.processes, wasmHasher: ports.hasher },
      ...{ clock: systemClock, entropy: webCryptoEntropy, logger, telemetry },
      openSql: (catalogSettings, openMode) => ports.openSql(catalogSettings, openMode, logger),
      ownFiles: files === "memory",
    });
    return withFile(catalog, { ports, settings, mode });
  } catch (error) {
    await ports.close();
    throw error;
  }
}

function openPorts(worker: BrowserOpenOptions["worker"], request: LocalPortsRequest): Promise<LocalPorts> {
  if (worker === false || (worker === undefined && "DedicatedWorkerGlobalScope" in globalThis)) {
    return import("./browser/local-ports.ts").then(({ openLocalPorts }) => openLocalPorts(request));
  }
  if (typeof worker === "object" && !(worker instanceof URL)) return openWorkerPorts({ worker, ours: false }, request);
  return openWorkerPorts({ worker: startWorker(worker), ours: true }, request);
}

function startWorker(url: URL | string | undefined): Worker {
  // Bundlers know this line, as it stands.
  if (url === undefined) return new Worker(new URL("./browser-worker.mjs", import.meta.url), { type: "module" });
  return new Worker(url, { type: "module" });
}

function toWasm(wasm: BrowserOpenOptions["wasm"]): string | ArrayBuffer {
  if (wasm === undefined) return new URL("./sql-wasm.wasm", import.meta.url).href;
  if (wasm instanceof ArrayBuffer) return wasm;
  if (wasm instanceof Uint8Array) return Uint8Array.from(wasm).buffer;
  return new URL(wasm, globalThis.location.href).href;
}

function catalogPath({ catalog }: Settings, files: "opfs" | "memory"): string {
  if (catalog !== false && files === "memory") return catalog.path;
  const what = catalog === false ? "the catalog is disabled" : "it would be written to the files of the origin";
  throw new TypeError(`Cannot open the catalog file that was given: ${what}; leave out \`file\` or the other option`);
}

async function toBlob(file: CatalogFile): Promise<Blob> {
  return file instanceof Blob ? file : new Blob([Uint8Array.from(await readCatalogFile(file))]);
}

interface FileParts {
  readonly ports: LocalPorts;
  readonly settings: Settings;
  readonly mode: OpenMode;
}

/** The catalog with what only this host can do; closing it ends the worker, too. */
function withFile(catalog: Catalog, { ports, settings, mode }: FileParts): BrowserCatalog {
  const closeCatalog = catalog.close.bind(catalog);
  let closing: Promise<void> | undefined;
  return Object.assign(catalog, {
    close: (): Promise<void> => {
      closing ??= closeCatalog().finally(() => ports.close());
      return closing;
    },
    exportFile: async (): Promise<Uint8Array> => {
      if (settings.catalog === false) throw noFile();
      const { path } = settings.catalog;
      if (mode !== "read") await catalog.checkpoint();
      else if ((await ports.fs.stat(`${path}.oplog`)) !== undefined) throw pendingLog(path);
      return ports.fs.readFile(path);
    },
  });
}

function pendingLog(path: string): CatalogError<"READ_ONLY"> {
  return new CatalogError("READ_ONLY", `Cannot export ${quote(path)}: its newest rows are in a log beside it`, {
    details: { path },
    hint: 'Open it with `mode: "write"` to export it.',
  });
}

function noFile(): CatalogError<"UNSUPPORTED"> {
  return new CatalogError("UNSUPPORTED", "Cannot export the catalog: it is disabled", {
    details: { what: "the file of a disabled catalog" },
  });
}

export type { HostOpenOptions } from "./_host-open-options.ts";
export type { OpenMode } from "./_open-with-ports.ts";
export type { CatalogFile } from "./engine/catalog-file.ts";
