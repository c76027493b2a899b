import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import initSqlJs from "sql.js";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { openSqlJsEngine } from "../../../src/adapters/sql/oplog/open.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { APPLICATION_ID } from "../../../src/catalog/format.ts";
import { MIGRATIONS } from "../../../src/catalog/migrations.gen.ts";
import { RootEntry } from "../../../src/catalog/root/root-entry.ts";
import type { RootMembersContext } from "../../../src/catalog/root/root-members.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";

/** A real folder with a root, and what catalogs in it do in what counts as another process. */
export class SharedRoot {
  /** Real and absolute. */
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-root-")));
  /** That of the process that is tested: the host has another one. */
  readonly fs: FileSystem = createNodeFileSystem();
  readonly #engines: SqlEngine[] = [];
  #number = 0;

  /** The root of all catalogs. */
  get root(): string {
    return this.pathOf("docs");
  }

  /** An absolute path from one below the folder. */
  pathOf(name: string): string {
    return join(this.folder, name);
  }

  /** Opens a catalog as another process would, works with it, and closes it. */
  async within<Result>(name: string, work: (catalog: Catalog) => Promise<Result>): Promise<Result> {
    const catalog = await this.open(name);
    try {
      return await work(catalog);
    } finally {
      await catalog.close();
    }
  }

  /** Opens a catalog as another process would. */
  open(name: string, rootDir: string = this.root): Promise<Catalog> {
    return openCatalog({ catalog: { path: this.pathOf(name) }, storage: { rootDir } });
  }

  /** Places new bytes with a catalog. */
  readonly ingest = async (catalog: Catalog): Promise<void> => {
    this.#number += 1;
    await catalog.ingest(new TextEncoder().encode(`bytes ${this.#number}`), {
      artifactId: `a${this.#number}`,
      sourceUrl: `https://example.org/${this.#number}`,
      resolver: "r",
    });
  };

  /** The marker of a catalog by its path, and its name. */
  markerOf(name: string): { readonly path: string; readonly id: string; readonly json: Record<string, unknown> } {
    for (const id of readdirSync(this.pathOf("docs/.content-catalog"))) {
      const path = this.pathOf(`docs/.content-catalog/${id}`);
      const text = readFileSync(path, "utf8");
      if (text.includes(`"${this.pathOf(name)}"`)) return { path, id, json: JSON.parse(text) };
    }
    throw new Error(`no marker of ${name}`);
  }

  /** Changes the marker of a catalog. */
  changeMarker(name: string, change: Record<string, unknown>): void {
    const { path, json } = this.markerOf(name);
    writeFileSync(path, JSON.stringify({ ...json, ...change }));
  }

  /** Opens the engine of a catalog in the process that is tested. */
  async engine(path: string, mode: "create" | "write" | "read" | "inspect" = "write"): Promise<SqlEngine> {
    const engine = await openSqlJsEngine({
      sqljs: await initSqlJs(),
      fs: this.fs,
      path,
      mode,
      migrations: MIGRATIONS,
      applicationId: APPLICATION_ID,
      clock: systemClock,
      entropy: webCryptoEntropy,
      processes: noProcesses,
      hasher: createWasmHasher(),
      refreshIntervalMs: 60_000,
    });
    this.#engines.push(engine);
    return engine;
  }

  /** What members are found with, in an opening of a catalog that writes, or reads. */
  async context(name: string, mode: "write" | "read" = "write"): Promise<RootMembersContext> {
    const { fs } = this;
    const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: this.root });
    const sql = await this.engine(this.pathOf(name), mode);
    const openOther = (path: string): Promise<SqlEngine> => this.engine(path, "inspect");
    const reading = { sql, store, fs, openOther, catalogPath: this.pathOf(name) };
    if (mode === "read") return reading;
    const writing = { ...reading, entropy: webCryptoEntropy, clock: systemClock, logger: { log: () => {} } };
    return { ...writing, root: new RootEntry(writing) };
  }

  /** Closes what was opened here, and removes the folder. */
  async remove(): Promise<void> {
    for (const engine of this.#engines) await engine.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
