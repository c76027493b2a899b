import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeProcessTable } from "../../../src/adapters/process/node.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type {
  RestoredThing,
  RestoreFinding,
  RestoreOptions,
  RestoreSummary,
  RestoreTargets,
} from "../../../src/catalog/restore/restore-options.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { SqlValue } from "../../../src/ports/sql.ts";
import { SharedRoot } from "../root/_shared-root.ts";

/** What `restore` said. */
export interface Said {
  readonly summary: RestoreSummary;
  readonly restored: readonly RestoredThing[];
  readonly findings: readonly RestoreFinding[];
}

/** A real folder with a catalog, and what a collector could have done in its root. */
export class RestoreWorld {
  readonly shared: SharedRoot;
  catalog: Catalog;
  readonly #layout: Layout;

  private constructor(shared: SharedRoot, catalog: Catalog, layout: Layout) {
    this.shared = shared;
    this.catalog = catalog;
    this.#layout = layout;
  }

  static async create(layout: Layout = "policy_path"): Promise<RestoreWorld> {
    const shared = new SharedRoot();
    const world = new RestoreWorld(shared, undefined as unknown as Catalog, layout);
    world.catalog = await world.open();
    return world;
  }

  open(mode: "create" | "read" = "create"): Promise<Catalog> {
    const { shared } = this;
    const storage = { rootDir: shared.root, layout: this.#layout, pathTemplate: "{artifact_id}/{basename}" };
    return openCatalog({ catalog: { path: shared.pathOf("a.sqlite") }, storage, mode });
  }

  async remove(): Promise<void> {
    await this.catalog.close();
    await this.shared.remove();
  }

  async ingest(text: string, artifactId = "a"): Promise<DocumentRecord> {
    const meta = { artifactId, sourceUrl: `https://example.org/${artifactId}`, resolver: "r", basename: "x.txt" };
    return (await this.catalog.ingest(new TextEncoder().encode(text), { ...meta, runId: "run" })).record;
  }

  /** Does so, or says what it would do. */
  async restore(targets: RestoreTargets, options: RestoreOptions = {}): Promise<Said> {
    const restored: RestoredThing[] = [];
    const findings: RestoreFinding[] = [];
    const summary = await this.catalog.restore(targets, {
      ...options,
      onRestored: (each) => restored.push(each),
      onFinding: (each) => findings.push(each),
    });
    return { summary, restored, findings };
  }

  async rows(sql: string, ...parameters: SqlValue[]): Promise<readonly (readonly SqlValue[])[]> {
    const engine = await this.shared.engine(this.shared.pathOf("a.sqlite"), "read");
    const rows = await engine.query({ sql, parameters }, { fresh: true });
    await engine.close();
    return rows;
  }

  async run(sql: string, ...parameters: SqlValue[]): Promise<void> {
    const engine = await this.shared.engine(this.shared.pathOf("a.sqlite"));
    await engine.batch([{ sql, parameters }]);
    await engine.close();
  }

  /** The root, as a process sees it that is alive, or gone. */
  openStore(owner: "alive" | "dead"): Promise<BlobStore> {
    const self = createNodeProcessTable().self();
    const identity = owner === "alive" ? self : { ...self, pid: 4_000_000, startedAt: "1" };
    return openFileBlobStore({
      fs: this.shared.fs,
      entropy: webCryptoEntropy,
      rootDir: this.shared.root,
      owner: identity,
    });
  }

  /** Takes what is at a place out of its name, as a collector does, and keeps it, or dies before. */
  async take(uri: string, how: "keep" | "die" | "hold"): Promise<TakenBlob> {
    const store = await this.openStore(how === "die" ? "dead" : "alive");
    const key = store.findKey(uri);
    const found = key && (await store.stat(key));
    const keepName = this.#layout === "policy_path";
    const taken = found && (await store.take(key, { found, run: store.newRun(), keepName }));
    if (taken === undefined) throw new TypeError(`nothing is at ${uri}`);
    if (how !== "keep") return taken;
    await this.#record(uri, taken);
    return store.keepTaken(taken);
  }

  /** Writes down what a collector does that keeps a blob. */
  async #record(uri: string, taken: TakenBlob): Promise<void> {
    const sha256 = sha256Of(readFileSync(`${this.shared.root}/${taken.at}`, "utf8"));
    const now = new Date().toISOString();
    const plan = "0123456789abcdef0123456789abcdef";
    const size = taken.stat.sizeBytes;
    await this.run(
      `INSERT INTO trash (run, uri, kind, sha256, bytes, trashed_at, expires_at, plan) VALUES (?, ?, 'trash', ?, ?, ?, ?, ?)`,
      ...[taken.run, uri, sha256, size, now, "2099-01-01T00:00:00.000Z", plan],
    );
    await this.run(
      `INSERT INTO removals (uri, sha256, bytes, removed_at, verb, plan, reason, origin)
       VALUES (?, ?, ?, ?, 'gc', ?, 'unreferenced', 'placed')`,
      ...[uri, sha256, size, now, plan],
    );
    await this.run("DELETE FROM placed WHERE uri = ?", uri);
  }

  /** Writes a file of the root, or elsewhere. */
  write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, text);
  }

  /** What is in the trash, by run and name. */
  trash(): readonly string[] {
    const folder = `${this.shared.root}/.trash`;
    if (!existsSync(folder)) return [];
    const all = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" });
    const blobs = all.filter((each) => each.isFile() && each.name !== "reserve");
    return blobs.map((each) => each.name);
  }
}

/** The SHA-256 of a text in hexadecimal characters. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a URI of a file leads to. */
export function textAt(uri: string): string {
  return readFileSync(new URL(uri), "utf8");
}
