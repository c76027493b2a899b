import initSqlJs, { type SqlJsStatic } from "sql.js";
import { systemClock } from "../../adapters/clock/system.ts";
import { webCryptoEntropy } from "../../adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../adapters/fs/memory.ts";
import { createOpfsFileSystem, type OpfsFileSystem, toOpfsDirectory } from "../../adapters/fs/opfs.ts";
import { createWasmHasher } from "../../adapters/hash/wasm.ts";
import { openWebLockProcessTable } from "../../adapters/process/web-locks.ts";
import type { WebLocks } from "../../adapters/web-locks.ts";
import type { CatalogSettings } from "../../core/settings/setting-keys.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { Hasher } from "../../ports/hasher.ts";
import type { Logger } from "../../ports/logger.ts";
import type { ProcessTable } from "../../ports/process.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { writeCatalogFile } from "../engine/catalog-file.ts";
import { openSqlJs, type SqlOpenMode } from "../engine/open-sql-js.ts";

/** Where files are, and what the engine is made from. */
export interface LocalPortsRequest {
  /** Files that stay in the origin private file system, or that are gone with the page. */
  readonly files: "opfs" | "memory";
  /** A file that is there from the start, in memory. */
  readonly file?: { readonly path: string; readonly content: Blob } | undefined;
  /** The WebAssembly of sql.js: its URL, or its bytes. */
  readonly wasm: string | ArrayBuffer;
}

/** What a catalog works with, in this thread. */
export interface LocalPorts {
  /** Where the catalog file, its log and the blobs are. */
  readonly fs: FileSystem;
  /** For contents, and for the chain of the log. */
  readonly hasher: Hasher;
  /** Tells pages that are open from those that are gone. */
  readonly processes: ProcessTable;
  /** Opens the engine of a catalog. Log lines go to `logger`, if there is one. */
  openSql(catalog: CatalogSettings, mode: SqlOpenMode, logger?: Logger): Promise<SqlEngine>;
  /** Closes files and processes; for a worker of ours also the worker. */
  close(): Promise<void>;
}

/** What this file uses of a browser, so that nobody needs its types to compile it. */
declare const navigator: {
  readonly locks: WebLocks;
  readonly storage: { getDirectory(): Promise<object> };
};

/** What the locks of all pages of an origin begin with that keep catalogs in its private file system. */
const SCOPE = "content-catalog opfs";

/** Opens files, processes and hasher in this thread. For files in OPFS it must be a dedicated worker. */
export async function openLocalPorts({ files, file, wasm }: LocalPortsRequest): Promise<LocalPorts> {
  const shared = { locks: navigator.locks, scope: SCOPE, entropy: webCryptoEntropy };
  const opfs = files === "opfs" ? await openOpfs(shared) : undefined;
  const fs = opfs ?? createMemoryFileSystem();
  if (file !== undefined) {
    await writeCatalogFile(fs, file.path, new Uint8Array(await file.content.arrayBuffer()));
  }
  const processes = await openWebLockProcessTable(shared);
  const hasher = createWasmHasher();
  return {
    fs,
    hasher,
    processes,
    openSql: (catalog, mode, logger) => {
      const ports = { fs, clock: systemClock, entropy: webCryptoEntropy, processes, logger, wasmHasher: hasher };
      return openSqlJs({ catalog, mode, sqljs: loadSqlJs(wasm) }, ports);
    },
    close: async () => {
      await processes.close();
      await opfs?.close();
    },
  };
}

async function openOpfs(
  shared: Omit<Parameters<typeof createOpfsFileSystem>[0], "directory">,
): Promise<OpfsFileSystem> {
  return createOpfsFileSystem({ ...shared, directory: toOpfsDirectory(await navigator.storage.getDirectory()) });
}

let loading: Promise<SqlJsStatic> | undefined;

/** The sql.js module, loaded once a thread. */
function loadSqlJs(wasm: string | ArrayBuffer): Promise<SqlJsStatic> {
  loading ??= typeof wasm === "string" ? initSqlJs({ locateFile: () => wasm }) : initSqlJs({ wasmBinary: wasm });
  return loading;
}
