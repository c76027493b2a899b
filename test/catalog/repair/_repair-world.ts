import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { loadEmbeddedSqlJs } from "../../../src/adapters/sql/wasm/load-embedded.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { Ledger } from "../../../src/catalog/ledger/ledger.ts";
import type { RepairOptions, RepairResult } from "../../../src/catalog/repair/repair-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { parentPath } from "../../../src/core/path.ts";
import { resolveSettings, type SettingsInput, settingsFromOptions } from "../../../src/core/settings.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import type { Timestamp } from "../../../src/core/timestamp.ts";
import { CatalogError } from "../../../src/errors.ts";
import { type OpenMode, openWithPorts } from "../../../src/hosts/_open-with-ports.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { Http } from "../../../src/ports/http.ts";
import type { ProcessTable } from "../../../src/ports/process.ts";
import type { SqlRow, SqlValue } from "../../../src/ports/sql.ts";
import { filesBelow, openEngine } from "../ingest/_ingest-world.ts";

/** Where the blobs are. */
export const ROOT = "/data/docs";

/** What a server of the world says. */
export interface MadeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Breaks off there. */
  readonly broken?: true;
  /** What happens elsewhere meanwhile. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** What a test wants to be different. */
export interface RepairWorldOptions {
  readonly layout?: Layout;
  readonly fs?: FileSystem;
  readonly processes?: ProcessTable;
  readonly settings?: SettingsInput;
}

/** How a catalog of the world is opened. */
export interface WorldOpenOptions {
  readonly name?: string;
  readonly mode?: OpenMode;
  readonly fs?: FileSystem;
  readonly settings?: SettingsInput;
}

/** Opens a world with one document. */
export async function openWithOne(options: RepairWorldOptions = {}): Promise<{
  readonly world: RepairWorld;
  readonly catalog: Catalog;
  readonly record: DocumentRecord;
}> {
  const world = new RepairWorld(options);
  const catalog = await world.open();
  return { world, catalog, record: await world.ingest(catalog, "right", "one") };
}

/** Catalogs over one memory file system, and a web that has what a test says, at public addresses. */
export class RepairWorld {
  readonly fs: FileSystem;
  readonly web: Record<string, MadeAnswer> = {};
  /** URLs that were asked, in order. */
  readonly asked: string[] = [];
  readonly #options: RepairWorldOptions;
  readonly #opened: Catalog[] = [];

  constructor(options: RepairWorldOptions = {}) {
    this.#options = options;
    this.fs = options.fs ?? createMemoryFileSystem();
  }

  async open({ name = "a", mode = "create", fs = this.fs, settings }: WorldOpenOptions = {}): Promise<Catalog> {
    const { layout = "policy_path", processes = noProcesses, settings: given } = this.#options;
    const path = { path: `/state/${name}.sqlite` };
    const isOff = settings?.catalog === false || given?.catalog === false;
    const input = settingsFromOptions({
      catalog: isOff ? false : { ...path, ...given?.catalog, ...settings?.catalog },
      storage: { rootDir: ROOT, layout, ...given?.storage, ...settings?.storage },
    } as SettingsInput);
    const catalog = await openWithPorts(resolveSettings(input, "/"), mode, {
      fs,
      // The pace of requests is tested elsewhere.
      clock: { ...systemClock, sleep: (ms, ...rest) => systemClock.sleep(ms > 900 && ms <= 1000 ? 0 : ms, ...rest) },
      entropy: webCryptoEntropy,
      processes,
      wasmHasher: createWasmHasher(),
      loadSqlJs: () => loadEmbeddedSqlJs(),
      openHttp: async () => this.#http(),
    });
    this.#opened.push(catalog);
    return catalog;
  }

  #http(): Http {
    return {
      findDecoder: async () => undefined,
      get: async (url, { allowsAddress }) => {
        const address = url.hostname.startsWith("private") ? "10.0.0.1" : "93.184.215.14";
        if (allowsAddress?.(address) === false) {
          throw new CatalogError("REFUSED", "Cannot connect", { details: { guard: "address" } });
        }
        this.asked.push(url.href);
        const { status = 200, headers = {}, text = "", broken, meanwhile } = this.web[url.href] ?? { status: 404 };
        await meanwhile?.();
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            if (text !== "") controller.enqueue(new TextEncoder().encode(text));
            if (broken) controller.error(new Error("the connection was closed too early"));
            else controller.close();
          },
        });
        return { status, statusText: "", headers, body };
      },
    };
  }

  /** Stores a text whose source is `https://example.org/<name>`. */
  async ingest(catalog: Catalog, text: string, name: string, resolver = "test"): Promise<DocumentRecord> {
    const { record } = await catalog.ingest(new TextEncoder().encode(text), {
      artifactId: name,
      sourceUrl: `https://example.org/${name}`,
      resolver,
    });
    return record;
  }

  /** Writes a file, in the place of whatever has the name. */
  async write(path: string, text: string): Promise<void> {
    await this.#makeFolders(parentPath(path));
    if ((await this.fs.lstat(path)) !== undefined) await this.fs.unlink(path);
    const handle = await this.fs.open(path, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }

  async #makeFolders(folder: string): Promise<void> {
    if (folder === "/" || (await this.fs.stat(folder)) !== undefined) return;
    await this.#makeFolders(parentPath(folder));
    await this.fs.makeDirectory(folder);
  }

  /** Puts a folder where a file is. */
  async replaceByFolder(path: string): Promise<void> {
    await this.fs.unlink(path);
    await this.fs.makeDirectory(path);
  }

  /** The text of a file; `undefined` where there is none. */
  async read(path: string): Promise<string | undefined> {
    if ((await this.fs.stat(path))?.kind !== "file") return undefined;
    return new TextDecoder().decode(await this.fs.readFile(path));
  }

  /** All files below the root but markers and the reserve, with their text. */
  async files(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const path of await filesBelow(this.fs, ROOT)) {
      const name = path.slice(ROOT.length + 1);
      if (name.startsWith(".content-catalog/") || name === ".trash/reserve") continue;
      found[name] = new TextDecoder().decode(await this.fs.readFile(path));
    }
    return found;
  }

  /** Every file, with its identity and size, but for the lock, which an idle catalog gives back by itself. */
  async snapshot(folders: readonly string[] = ["/data", "/state"]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const folder of folders) {
      for (const path of await filesBelow(this.fs, folder)) {
        if (path.includes(".sqlite.lock")) continue;
        const stat = await this.fs.lstat(path);
        found.push(`${path} ${stat?.identity} ${stat?.sizeBytes} ${stat?.modifiedMs}`);
      }
    }
    return found;
  }

  /** Asks the database of a catalog. */
  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const engine = await openEngine(this.fs, "/state/a.sqlite");
    try {
      return await engine.query({ sql, parameters });
    } finally {
      await engine.close();
    }
  }

  /** Changes the database of a catalog. */
  async change(sql: string, parameters: readonly SqlValue[] = [], name = "a"): Promise<void> {
    const engine = await openEngine(this.fs, `/state/${name}.sqlite`);
    await engine.batch([{ sql, parameters }]);
    await engine.close();
  }

  /** Writes down that blobs were found missing. */
  async markBad(...uris: readonly StorageUri[]): Promise<void> {
    const engine = await openEngine(this.fs, "/state/a.sqlite");
    const none = { sha256: null, bytes: null };
    const ledger = new Ledger({ sql: engine, clock: systemClock });
    for (const [at, uri] of uris.entries()) {
      const checkedAt = `2026-01-0${at + 1}T00:00:00.000Z` as Timestamp;
      const found = { result: "missing", reason: "gone", strength: "none" } as const;
      await ledger.record([{ uri, ...found, expected: none, actual: none, checkedAt }]);
    }
    await engine.close();
  }

  async close(): Promise<void> {
    for (const catalog of this.#opened.splice(0)) await catalog.close();
  }
}

/** What a test makes of a call of a file system: `undefined` goes on with it. */
export type Intercept = (operation: string, paths: readonly unknown[]) => Promise<unknown> | undefined;

/** A file system whose calls a test may answer itself, or do something before. */
export function interceptedFileSystem(fs: FileSystem, intercept: Intercept): FileSystem {
  return new Proxy(fs, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name === "list") return value.bind(target);
      return async (...paths: unknown[]) => (await intercept(String(name), paths)) ?? value.apply(target, paths);
    },
  });
}

/** An error of the system. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The path of the blob of a row. */
export function pathOf({ storageUri }: Pick<DocumentRecord, "storageUri">): string {
  return decodeURIComponent(new URL(storageUri).pathname);
}

/** What a repair gives, with `apply` unless the test says otherwise. */
export async function repairAll(catalog: Catalog, options: RepairOptions = {}): Promise<readonly RepairResult[]> {
  const results: RepairResult[] = [];
  for await (const result of catalog.repair({ apply: true, ...options })) results.push(result);
  return results;
}

/** The one result of a repair. */
export async function repairOne(catalog: Catalog, id: number, options: RepairOptions = {}): Promise<RepairResult> {
  const [result, ...more] = await repairAll(catalog, { ids: [String(id)], ...options });
  if (result === undefined || more.length > 0) throw new TypeError(`expected one result, got ${more.length + 1}`);
  return result;
}

/** The steps of a result, one text each. */
export function stepsOf({ steps }: RepairResult): readonly string[] {
  return steps.map(({ origin, uri, result }) => `${origin} ${uri.replace(/^file:\/\/\/data\/docs\//, "")} ${result}`);
}
