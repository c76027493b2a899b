import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import { loadEmbeddedSqlJs } from "../../../src/adapters/sql/wasm/load-embedded.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { VerifiedBlob, VerifyOptions, VerifySummary } from "../../../src/catalog/verify/verify-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { resolveSettings, settingsFromOptions } from "../../../src/core/settings.ts";
import { findPathOfUri } from "../../../src/core/storage-uri.ts";
import { type OpenMode, openWithPorts } from "../../../src/hosts/_open-with-ports.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileHandle, FileSystem } from "../../../src/ports/file-system.ts";
import type { LogFields } from "../../../src/ports/logger.ts";
import type { SqlEngine, SqlRow, SqlStatement, SqlValue } from "../../../src/ports/sql.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

/** What a run of `verify` gave. */
export interface Verified {
  readonly results: readonly VerifiedBlob[];
  readonly summary: VerifySummary | undefined;
  readonly error: unknown;
}

/** One call of the file system. */
export type CallName = "open" | "read" | "stat" | "lstat" | "link" | "rename";

/** A real folder with a catalog, files that can be made to fail, and a clock that can be set. */
export class VerifyWorld {
  readonly folder: string = mkdtempSync(join(tmpdir(), "verify-"));
  readonly fs: FileSystem;
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[] = [];
  readonly counted: string[] = [];
  /** Called before each call of the file system. */
  before: (call: CallName, path: string) => void | Promise<void> = () => undefined;
  /** Paths that were opened. */
  readonly opened: string[] = [];
  readonly #catalogs: Catalog[] = [];
  #laterMs = 0;
  #number = 0;

  constructor() {
    this.fs = this.#hooked(createNodeFileSystem());
  }

  get root(): string {
    return join(this.folder, "docs");
  }

  get clock(): Clock {
    const passed = (): number => this.#laterMs;
    return {
      ...systemClock,
      now: () => systemClock.now() + passed(),
      monotonicMs: () => systemClock.monotonicMs() + passed(),
    };
  }

  /** Lets time pass, in milliseconds. */
  wait(ms: number): void {
    this.#laterMs += ms;
  }

  async open(
    options: {
      readonly layout?: Layout;
      readonly name?: string;
      readonly mode?: OpenMode;
      readonly root?: string;
    } = {},
  ): Promise<Catalog> {
    const { layout = "cas", name = "a", mode = "create", root = this.root } = options;
    const settings = { catalog: { path: join(this.folder, `${name}.sqlite`) }, storage: { rootDir: root, layout } };
    const catalog = await openWithPorts(resolveSettings(settingsFromOptions(settings), "/"), mode, {
      fs: this.fs,
      clock: this.clock,
      entropy: webCryptoEntropy,
      processes: createNodeProcessTable(),
      wasmHasher: createWasmHasher(),
      loadSqlJs: () => loadEmbeddedSqlJs(),
      logger: { log: (level, message, fields) => void this.logged.push({ level, message, fields }) },
      telemetry: {
        ...noTelemetry,
        count: (counter, labels) => {
          if (counter === "contentdownload_verify_failures_total") this.counted.push(String(Object.values(labels)[0]));
        },
      },
    });
    this.#catalogs.push(catalog);
    return catalog;
  }

  /** The catalog over the core alone, with an engine of which some methods are others. */
  async openOver(methods: Partial<SqlEngine>): Promise<{ readonly engine: Catalog }> {
    const sql = await openEngine(this.fs, join(this.folder, "a.sqlite"));
    const store = await openFileBlobStore({ fs: this.fs, entropy: webCryptoEntropy, rootDir: this.root });
    const engine = await openCatalog({
      sql: overriding(sql, methods),
      store,
      fs: this.fs,
      hashers: { core: createWasmHasher() },
      clock: this.clock,
      entropy: webCryptoEntropy,
      processes: createNodeProcessTable(),
      logger: { log: () => undefined },
      telemetry: noTelemetry,
    });
    this.#catalogs.push(engine);
    return { engine };
  }

  /** Another engine of a catalog, to look into its tables and to write into them. */
  async sql(statement: string, ...parameters: SqlValue[]): Promise<readonly SqlRow[]> {
    const engine: SqlEngine = await openEngine(this.fs, join(this.folder, "a.sqlite"));
    try {
      const one: SqlStatement = { sql: statement, parameters };
      if (/^SELECT/.test(statement)) return await engine.query(one, { fresh: true });
      await engine.batch([one]);
      return [];
    } finally {
      await engine.close();
    }
  }

  async ingest(catalog: Catalog, text: string, change: { readonly artifactId?: string } = {}): Promise<DocumentRecord> {
    const n = this.#number++;
    const meta = { artifactId: `doc-${n}`, sourceUrl: `https://example.org/${n}.txt`, resolver: "test", ...change };
    return (await catalog.ingest(new TextEncoder().encode(text), meta)).record;
  }

  /** Runs `verify`, and keeps what it gave, whatever ended it. */
  async verify(catalog: Catalog, options: VerifyOptions = {}): Promise<Verified> {
    // No two runs begin in one millisecond.
    this.wait(5);
    const results: VerifiedBlob[] = [];
    let summary: VerifySummary | undefined;
    const told = (said: VerifySummary): void => {
      summary = said;
    };
    try {
      for await (const result of catalog.verify({ ...options, onSummary: told })) results.push(result);
      return { results, summary, error: undefined };
    } catch (error) {
      return { results, summary, error };
    }
  }

  async remove(): Promise<void> {
    for (const catalog of this.#catalogs) await catalog.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #hooked(fs: FileSystem): FileSystem {
    const call = async <Result>(name: CallName, path: string, work: () => Promise<Result>): Promise<Result> => {
      await this.before(name, path);
      return work();
    };
    const open: FileSystem["open"] = (path, mode, createMode) =>
      call("open", path, async () => {
        if (mode === "read") this.opened.push(path);
        return this.#hookedHandle(await fs.open(path, mode, createMode), path);
      });
    const hooks: Partial<FileSystem> = {
      open,
      stat: (path) => call("stat", path, () => fs.stat(path)),
      lstat: (path) => call("lstat", path, () => fs.lstat(path)),
      link: (existing, path) => call("link", existing, () => fs.link(existing, path)),
      rename: (from, to) => call("rename", from, () => fs.rename(from, to)),
    };
    return overriding(fs, hooks);
  }

  #hookedHandle(handle: FileHandle, path: string): FileHandle {
    const read: FileHandle["read"] = async (target, position) => {
      await this.before("read", path);
      return handle.read(target, position);
    };
    return overriding(handle, { read });
  }
}

/** A catalog with one document, and where its bytes are. */
export interface OneDocument {
  readonly world: VerifyWorld;
  readonly catalog: Catalog;
  readonly record: DocumentRecord;
  readonly path: string;
}

/** Opens a world with one document, whose name is for people. */
export async function openWithOne(): Promise<OneDocument> {
  const world = new VerifyWorld();
  const catalog = await world.open({ layout: "policy_path" });
  const record = await world.ingest(catalog, "hello", { artifactId: "a" });
  return { world, catalog, record, path: pathOf(record) };
}

/** An object with some methods of its own, and all others as they are. */
export function overriding<Target extends object>(target: Target, own: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_target, name) => {
      const value: unknown = Reflect.get(Reflect.has(own, name) ? own : target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The path of a blob. */
export function pathOf({ storageUri }: Pick<DocumentRecord, "storageUri">): string {
  const path = findPathOfUri(storageUri);
  if (path === undefined) throw new TypeError(`no path: ${storageUri}`);
  return path;
}

/** An error as a file system throws it. */
export function fileError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
