import initSqlJs from "sql.js";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { Slots } from "../../../src/catalog/concurrency/slots.ts";
import { APPLICATION_ID } from "../../../src/catalog/format.ts";
import { type FinalizeOptions, finalize } from "../../../src/catalog/ingest/finalize.ts";
import { type IngestOptions, ingest } from "../../../src/catalog/ingest/ingest.ts";
import type { IngestMeta, IngestResult } from "../../../src/catalog/ingest/ingest-request.ts";
import type { IngestSource } from "../../../src/catalog/ingest/source-bytes.ts";
import { CatalogLeases } from "../../../src/catalog/leases/catalog-leases.ts";
import type { Leases } from "../../../src/catalog/leases/lease.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import {
  createPlacingContext,
  type PlacingContext,
  type PlacingOptions,
} from "../../../src/catalog/placing/placing-context.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { Hasher } from "../../../src/ports/hasher.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";

/** What a test wants to be different. */
export interface WorldOptions extends PlacingOptions {
  readonly fs?: FileSystem | undefined;
  readonly rootDir?: string | undefined;
  /** The files of the catalog, so that faults strike the store only. @default new ones in memory */
  readonly catalogFs?: FileSystem | undefined;
  readonly sql?: SqlEngine | "none" | undefined;
  readonly clock?: Clock | undefined;
  readonly large?: Hasher | undefined;
  /** @default those of the catalog */
  readonly leases?: Leases | undefined;
  readonly slots?: Slots | undefined;
}

/** A catalog with a store, and what it was told. */
export class IngestWorld {
  readonly context: PlacingContext;
  readonly counts: string[];
  readonly logs: string[];
  readonly #catalog: Catalog | undefined;
  #number = 0;

  constructor(parts: { context: PlacingContext; counts: string[]; logs: string[]; catalog: Catalog | undefined }) {
    this.context = parts.context;
    this.counts = parts.counts;
    this.logs = parts.logs;
    this.#catalog = parts.catalog;
  }

  get catalog(): Catalog {
    if (this.#catalog === undefined) throw new TypeError("this world has no catalog");
    return this.#catalog;
  }

  ingest(
    source: IngestSource | string,
    meta: Partial<IngestMeta> = {},
    options: IngestOptions = {},
  ): Promise<IngestResult> {
    const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    return ingest(this.context, bytes, this.meta(meta), options);
  }

  finalize(path: string, meta: Partial<IngestMeta> = {}, options: FinalizeOptions = {}): Promise<IngestResult> {
    return finalize(this.context, path, this.meta(meta), options);
  }

  /** A key of its own for each call, unless the test says otherwise. */
  meta(change: Partial<IngestMeta>): IngestMeta {
    this.#number += 1;
    const name = `work-${this.#number}`;
    return { artifactId: name, sourceUrl: `https://example.org/${name}.txt`, resolver: "unpaywall", ...change };
  }

  async rows(): Promise<DocumentRecord[]> {
    const rows: DocumentRecord[] = [];
    for await (const record of this.catalog.search()) rows.push(record);
    return rows;
  }

  /** All files below the root but markers and the reserve, with their text. */
  async files(folder: string = this.context.store.root): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const path of await filesBelow(this.context.fs, folder)) {
      const name = path.slice(this.context.store.root.length + 1);
      if (!name.startsWith(".content-catalog/") && name !== ".trash/reserve")
        found[name] = new TextDecoder().decode(await this.context.fs.readFile(path));
    }
    return found;
  }
}

/** All files below a folder, sorted. */
export async function filesBelow(fs: FileSystem, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  if ((await fs.stat(folder)) === undefined) return found;
  for await (const page of fs.list(folder)) {
    for (const { name, kind } of page) {
      const path = `${folder}/${name}`;
      if (kind === "directory") found.push(...(await filesBelow(fs, path)));
      else found.push(path);
    }
  }
  return found.sort();
}

/** Opens a catalog with a store. */
export async function openWorld(options: WorldOptions = {}): Promise<IngestWorld> {
  const { fs = createMemoryFileSystem(), rootDir = "/root", clock = systemClock, large, slots } = options;
  const [counts, logs]: [string[], string[]] = [[], []];
  const sql = options.sql === "none" ? undefined : (options.sql ?? (await openEngine(options.catalogFs)));
  const parts = {
    fs,
    clock,
    entropy: webCryptoEntropy,
    processes: noProcesses,
    hashers: { core: createWasmHasher(), large },
    logger: { log: (level: string, message: string) => void logs.push(`${level}: ${message}`) },
    telemetry: {
      ...noTelemetry,
      count: (name: string, labels: object) => {
        if (name.startsWith("contentdownload_")) counts.push(`${name} ${Object.values(labels).join()}`);
      },
    },
  };
  const catalog = sql && (await openCatalog({ ...parts, sql }));
  const store = await openFileBlobStore({ fs, rootDir, entropy: webCryptoEntropy });
  const leases = options.leases ?? (sql && new CatalogLeases({ ...parts, sql }));
  const context = createPlacingContext({ ...parts, sql, slots }, { store, leases, options });
  return new IngestWorld({ context, counts, logs, catalog });
}

/** A catalog file, by default a new one in memory. */
export async function openEngine(
  fs: FileSystem = createMemoryFileSystem(),
  path = "/state/catalog.sqlite",
): Promise<SqlEngine> {
  return openSqlJsEngine({
    sqljs: await initSqlJs(),
    fs,
    path,
    mode: "create",
    migrations: MIGRATIONS,
    applicationId: APPLICATION_ID,
    clock: systemClock,
    entropy: webCryptoEntropy,
    processes: {
      self: () => ({ host: null, bootId: null, pid: null, startedAt: null }),
      isAlive: () => undefined,
      endIsSeen: true,
    },
  });
}

/** A stream of pieces, each of which may be a text, bytes, an error to fail with, or a promise to wait for. */
export function streamOf(
  ...pieces: readonly (string | Uint8Array | Error | Promise<unknown>)[]
): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull: async (controller) => {
      const piece = pieces[next++];
      if (piece instanceof Error) controller.error(piece);
      else if (piece instanceof Promise) await piece;
      else if (piece === undefined) controller.close();
      else controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    },
  });
}
