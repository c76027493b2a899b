/**
 * The catalog for edge workers: workerd, and so Cloudflare Workers. A catalog lives in memory: it is opened from the
 * bytes of a catalog file or starts empty, and is exported as bytes. What is ingested stays in memory, too, or goes to
 * an R2 bucket. Nothing of `node:` is used.
 *
 * For reading, open a catalog once and use it in all requests. Writing belongs to one place, like a Durable Object:
 * workers that write each have a catalog of their own, and whoever exports last wins.
 * @module
 */

import type { R2BucketBinding } from "../adapters/blob/r2/binding.ts";
import { createR2Store } from "../adapters/blob/r2.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { webCryptoEntropy } from "../adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../adapters/fs/memory.ts";
import { createDigestStreamHasher } from "../adapters/hash/digest-stream.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { resolveSettings, type Settings, settingsFromOptions } from "../core/settings.ts";
import { CatalogError } from "../errors.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { FileSystem } from "../ports/file-system.ts";
import type { HostOpenOptions } from "./_host-open-options.ts";
import { instantiateSqlJs } from "./_instantiate-sql-js.ts";
import { type OpenMode, openWithPorts } from "./_open-with-ports.ts";
import { type CatalogFile, readCatalogFile, writeCatalogFile } from "./engine/catalog-file.ts";
import { noProcesses } from "./engine/no-processes.ts";

/** Options of {@link openCatalog}. */
export interface WorkerdOpenOptions extends Omit<HostOpenOptions, "mode"> {
  /** The WebAssembly of sql.js, compiled: what a worker imports from `sql.js/dist/sql-wasm-browser.wasm`. */
  readonly sqlWasm: WebAssembly.Module;
  /**
   * The catalog file: one that was closed, or brought into one file by `catalog checkpoint`. For a `File`, give it as it
   * is; for a fetch, the Response. @default a new catalog
   */
  readonly file?: CatalogFile | undefined;
  /** `read` refuses to write; with `write` the file that was given stays as it is, and what changed is in the export.
   * @default "read" with a file, else "create"
   */
  readonly mode?: OpenMode | undefined;
  /** The bucket `storage.s3Bucket`, as the worker has it in its environment, for the storage backend "s3". */
  readonly r2?: R2BucketBinding | undefined;
}

/** A catalog in memory. */
export interface WorkerdCatalog extends Catalog {
  /** The catalog as one SQLite file, for any other host or SQLite tool. Export before you close. */
  exportFile(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a catalog in memory, with the SHA-256 of workerd and SQLite by sql.js. Bytes that are ingested go to memory, or
 * to an R2 bucket with `storage: { backend: "s3", s3Bucket }` and `r2`; each ingest on its way holds up to 5 MiB.
 * @throws {CatalogError} CONFIGURATION when a setting cannot be used; REFUSED for a Response without success;
 * CORRUPT, SCHEMA_TOO_NEW when the file is no catalog, damaged, or of a newer version; UNSUPPORTED for the hasher "wasm"
 * @example
 * ```ts ignore
 * import { openCatalog } from "content-catalog/workerd";
 * import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";
 *
 * const catalog = await openCatalog({ sqlWasm, file: await fetch("https://example.org/catalog.sqlite") });
 * const records = await catalog.findByHashPrefix("e3b0c442");
 * ```
 */
export async function openCatalog(options: WorkerdOpenOptions): Promise<WorkerdCatalog> {
  const { sqlWasm, file, r2, mode = file === undefined ? "create" : "read", logger, telemetry, ...input } = options;
  const settings = resolveSettings(settingsFromOptions(input), "/");
  if (settings.catalog !== false && settings.catalog.hasher === "wasm") throw noWasmHasher();
  const store = openBucket(settings, r2);
  const fs = createMemoryFileSystem();
  if (file !== undefined) await writeCatalogFile(fs, catalogPath(settings), await readCatalogFile(file));
  const hasher = createDigestStreamHasher();
  const catalog = await openWithPorts(settings, mode, {
    fs,
    ownFiles: true,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: noProcesses,
    loadSqlJs: () => instantiateSqlJs(sqlWasm),
    wasmHasher: hasher,
    nativeHasher: hasher,
    store,
    logger,
    telemetry,
  });
  const exportFile = async (): Promise<Uint8Array<ArrayBuffer>> => {
    // What is in the log only is no part of the file yet.
    if (mode !== "read") await catalog.checkpoint();
    return readPlain(fs, catalogPath(settings));
  };
  return Object.assign(catalog, { exportFile });
}

/** The bytes of a file, in a buffer that a Response takes. */
async function readPlain(fs: FileSystem, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fs.readFile(path);
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : bytes.slice();
}

/** @throws {CatalogError} CONFIGURATION when the catalog is disabled, as there is no file then */
function catalogPath({ catalog }: Settings): string {
  if (catalog !== false) return catalog.path;
  throw new CatalogError("CONFIGURATION", "Cannot use a catalog file: the catalog is disabled", {
    details: { origin: "options", key: "catalog" },
    hint: "Leave out catalog: false, or the file.",
  });
}

/** The store of the settings, or `undefined` for memory. */
function openBucket({ storage }: Settings, bucket: R2BucketBinding | undefined): BlobStore | undefined {
  const { backend, s3Bucket, s3Prefix } = storage;
  if (backend === "fs" && bucket === undefined) return undefined;
  if (backend === "s3" && bucket !== undefined && s3Bucket !== null) {
    const ports = { clock: systemClock, entropy: webCryptoEntropy };
    return createR2Store({ bucket, bucketName: s3Bucket, prefix: s3Prefix, ...ports });
  }
  const what = bucket === undefined ? "the bucket's binding is missing" : `storage.backend is "${backend}"`;
  throw new CatalogError("CONFIGURATION", `Cannot open the storage: ${what}`, {
    details: { origin: "options", key: "storage.backend" },
    hint: 'A bucket takes three: storage.backend "s3", its name as storage.s3Bucket, and its binding as r2.',
  });
}

function noWasmHasher(): CatalogError<"UNSUPPORTED"> {
  const what = 'the hasher "wasm"';
  return new CatalogError("UNSUPPORTED", `Cannot open the catalog: workerd does not compile ${what}`, {
    details: { what },
    hint: 'Leave the setting hasher out, or set it to "native".',
  });
}

export type { R2Body, R2BucketBinding, R2Condition, R2Head, R2Part, R2Upload } from "../adapters/blob/r2/binding.ts";
export type { HostOpenOptions } from "./_host-open-options.ts";
export type { OpenMode } from "./_open-with-ports.ts";
export type { CatalogFile } from "./engine/catalog-file.ts";
