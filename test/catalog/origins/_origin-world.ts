import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { AddInto, AddSummary } from "../../../src/catalog/add/add-options.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { ImportSummary } from "../../../src/catalog/import/import-options.ts";
import type { Transfer } from "../../../src/catalog/placing/stage-file.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { parseSha256, type Sha256 } from "../../../src/core/sha256.ts";
import { type MemoryOpenOptions, openCatalog } from "../../../src/hosts/memory.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlEngine, SqlStatement } from "../../../src/ports/sql.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { openEngine, streamOf } from "../ingest/_ingest-world.ts";

/** The key that all tests use. */
export const KEY = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x", resolver: "r" };

const CATALOG_PATH = "/state/catalog.sqlite";
const ROOT_DIR = "/root";

/** A line of `removals`, as far as tests ask for it. */
export interface Removal {
  readonly verb: unknown;
  readonly uri: unknown;
  readonly sha256: unknown;
  readonly bytes: unknown;
  readonly origin: unknown;
}

/** A catalog with a root in memory, and what another process sees of it. */
export class OriginWorld {
  readonly fs: FileSystem;
  readonly catalog: Catalog;
  readonly other: SqlEngine;

  constructor(parts: { readonly fs: FileSystem; readonly catalog: Catalog; readonly other: SqlEngine }) {
    this.fs = parts.fs;
    this.catalog = parts.catalog;
    this.other = parts.other;
  }

  /** Writes a file with its folders, over one that is there. */
  async write(path: string, text: string): Promise<void> {
    const folders = path.split("/").slice(1, -1);
    for (const index of folders.keys()) await makeFolder(this.fs, `/${folders.slice(0, index + 1).join("/")}`);
    if ((await this.fs.stat(path)) !== undefined) await this.fs.unlink(path);
    const handle = await this.fs.open(path, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }

  /** Ingests a text under {@link KEY}; gives the URI. */
  async ingest(text: string, onChange?: "replace" | "variant", change: Partial<typeof KEY> = {}): Promise<string> {
    const meta = { ...KEY, basename: "x.txt", ...change };
    const { record, variant } = await this.catalog.ingest(new TextEncoder().encode(text), meta, { onChange });
    return (variant ?? record).storageUri;
  }

  /** Adds a file under {@link KEY}. */
  add(path: string, into: AddInto, onChange?: "replace" | "variant"): Promise<AddSummary> {
    return this.catalog.add([{ path, meta: KEY }], { into, onChange });
  }

  /** Imports a line about a file under {@link KEY}; what is found goes into `findings`. */
  runImport(path: string, options: ImportLine = {}, findings: string[] = []): Promise<ImportSummary> {
    const { into, onChange, ...change } = options;
    const key = { work_id: KEY.artifactId, url: KEY.sourceUrl, resolver: KEY.resolver };
    const line = outcomeOf("x", { ...key, path, sha256: null, content_length: null, ...change });
    return this.catalog.importManifest(
      { stream: streamOf(`${line}\n`), name: "-" },
      { baseDir: "/", into, onChange, hash: "all", onFinding: ({ message }) => void findings.push(message) },
    );
  }

  /** Registers bytes at a URI under {@link KEY}. */
  async register(storageUri: string, text: string, onChange?: "replace" | "variant"): Promise<void> {
    const registration = { ...KEY, storageUri, bytes: text.length, sha256: await hashOf(text) };
    await this.catalog.registerOrGet(registration, { onChange });
  }

  /** The document of {@link KEY}. */
  async row(): Promise<DocumentRecord> {
    const [record] = await this.catalog.listByArtifact(KEY.artifactId);
    if (record === undefined) throw new TypeError("the document is not there");
    return record;
  }

  /** What is on record about what went. */
  async removals(): Promise<readonly Removal[]> {
    const rows = await this.query("SELECT verb, uri, sha256, bytes, origin FROM removals ORDER BY id");
    return rows.map(([verb, uri, sha256, bytes, origin]) => ({ verb, uri, sha256, bytes, origin }));
  }

  /** Which names are on record as placed. */
  async placed(): Promise<readonly unknown[]> {
    return (await this.query("SELECT uri FROM placed ORDER BY uri")).map(([uri]) => uri);
  }

  async query(sql: string): Promise<readonly (readonly unknown[])[]> {
    return this.other.query({ sql }, { fresh: true });
  }

  /** Does what another tool could do. */
  async run(...statements: readonly SqlStatement[]): Promise<void> {
    await this.other.batch(statements);
  }
}

/** How a line is imported. */
export interface ImportLine {
  readonly into?: Transfer | undefined;
  readonly onChange?: "replace" | "variant";
  readonly html_paths?: readonly string[];
}

async function makeFolder(fs: FileSystem, path: string): Promise<void> {
  if ((await fs.stat(path)) === undefined) await fs.makeDirectory(path);
}

/** Opens one over files, by default over none. */
export async function openOriginWorld(
  storage: MemoryOpenOptions["storage"] = {},
  options: Pick<MemoryOpenOptions, "fs" | "catalog"> = {},
): Promise<OriginWorld> {
  const { fs = createMemoryFileSystem() } = options;
  const settings = { path: CATALOG_PATH, ...options.catalog };
  const catalog = await openCatalog({ fs, storage: { rootDir: ROOT_DIR, ...storage }, catalog: settings });
  return new OriginWorld({ fs, catalog, other: await openEngine(fs, settings.path) });
}

/** The hash of a text. */
export async function hashOf(text: string): Promise<Sha256> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return parseSha256([...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
}
