import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { loadEmbeddedSqlJs } from "../../../src/adapters/sql/wasm/load-embedded.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { ApplyOptions, ApplySummary, CollectOptions } from "../../../src/catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { resolveSettings, settingsFromOptions } from "../../../src/core/settings.ts";
import { type OpenMode, openWithPorts } from "../../../src/hosts/_open-with-ports.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { ProcessIdentity, ProcessTable } from "../../../src/ports/process.ts";
import type { SqlRow, SqlStatement } from "../../../src/ports/sql.ts";
import type { Telemetry } from "../../../src/ports/telemetry.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

/** What a test wants to be different. */
export interface CollectWorldOptions {
  readonly layout?: Layout;
  readonly fs?: FileSystem;
}

/** Where the blobs are. */
export const ROOT = "/data/docs";

const DAY_MS = 86_400_000;

/** Who is gone, and who nobody can tell anything of; the catalogs of a world are somebody else, who lives. */
export const OWNERS: Readonly<Record<"dead" | "unsure" | "alive", ProcessIdentity>> = {
  dead: { host: "here", bootId: "boot", pid: 9, startedAt: "1" },
  unsure: { host: "elsewhere", bootId: "other", pid: 9, startedAt: "1" },
  alive: { host: "here", bootId: "boot", pid: 1, startedAt: "1" },
};

const PROCESSES: ProcessTable = {
  self: () => OWNERS.alive,
  isAlive: ({ host, pid }) => (host === "here" ? pid === 1 : undefined),
  endIsSeen: true,
};

/** A root in memory, with catalogs that use it, and a clock that can be set. */
export class CollectWorld {
  readonly fs: FileSystem;
  readonly #layout: Layout;
  readonly #opened: Catalog[] = [];
  #laterMs = 0;
  #number = 0;
  removed = 0;

  constructor({ layout = "policy_path", fs = createMemoryFileSystem() }: CollectWorldOptions = {}) {
    this.fs = fs;
    this.#layout = layout;
  }

  get clock(): Clock {
    return { ...systemClock, now: () => systemClock.now() + this.#laterMs };
  }

  /** Lets days pass. */
  wait(days: number): void {
    this.#laterMs += days * DAY_MS;
  }

  async open(name = "a", mode: OpenMode = "create"): Promise<Catalog> {
    const telemetry: Telemetry = {
      ...noTelemetry,
      count: (counter, _labels, by = 1) => {
        if (counter === "contentdownload_gc_removed_total") this.removed += by;
      },
    };
    const settings = { catalog: { path: `/state/${name}.sqlite` }, storage: { rootDir: ROOT, layout: this.#layout } };
    const catalog = await openWithPorts(resolveSettings(settingsFromOptions(settings), "/"), mode, {
      fs: this.fs,
      clock: this.clock,
      telemetry,
      entropy: webCryptoEntropy,
      processes: PROCESSES,
      wasmHasher: createWasmHasher(),
      loadSqlJs: () => loadEmbeddedSqlJs(),
    });
    this.#opened.push(catalog);
    return catalog;
  }

  /** Stores a text under a name of its own. */
  async ingest(catalog: Catalog, text: string, name: string = this.#newName()): Promise<DocumentRecord> {
    const { record } = await catalog.ingest(new TextEncoder().encode(text), {
      artifactId: `doi:${name}`,
      sourceUrl: `https://example.org/${name}.txt`,
      resolver: "test",
    });
    return record;
  }

  #newName(): string {
    this.#number += 1;
    return `n${this.#number}`;
  }

  /** Stores a text and removes its row. */
  async orphan(catalog: Catalog, text: string, name?: string): Promise<DocumentRecord> {
    const record = await this.ingest(catalog, text, name);
    await catalog.remove([record.id]);
    return record;
  }

  /** The root as some process has it open. */
  storeOf(owner: keyof typeof OWNERS): Promise<BlobStore> {
    return openFileBlobStore({ fs: this.fs, entropy: webCryptoEntropy, rootDir: ROOT, owner: OWNERS[owner] });
  }

  /** Writes a file that nobody registers. */
  async write(path: string, text: string): Promise<void> {
    const parts = path.split("/").slice(1, -1);
    for (let at = 1; at <= parts.length; at++) {
      const folder = `/${parts.slice(0, at).join("/")}`;
      if ((await this.fs.stat(folder)) === undefined) await this.fs.makeDirectory(folder);
    }
    const handle = await this.fs.open(path, "create");
    await handle.write(new TextEncoder().encode(text));
    await handle.close();
  }

  /** The text of a file; `undefined` where there is none. */
  async read(path: string): Promise<string | undefined> {
    if ((await this.fs.lstat(path))?.kind !== "file") return undefined;
    return new TextDecoder().decode(await this.fs.readFile(path));
  }

  /** Every name below a folder, with what is in it. */
  async snapshot(folder = "/"): Promise<readonly string[]> {
    const found: string[] = [];
    const start = folder === "/" ? "/" : `${folder}/`;
    for await (const page of this.fs.list(folder)) {
      for (const { name, kind } of page) {
        const stat = await this.fs.lstat(start + name);
        found.push(`${start}${name} ${kind} ${stat?.sizeBytes} ${stat?.modifiedMs} ${stat?.identity}`);
        if (kind === "directory") found.push(...(await this.snapshot(start + name)));
      }
    }
    return found.sort();
  }

  async close(): Promise<void> {
    for (const catalog of this.#opened.splice(0)) await catalog.close();
  }

  /** Asks the database of a catalog that is closed. */
  async query(sql: string, name = "a"): Promise<readonly SqlRow[]> {
    const engine = await openEngine(this.fs, `/state/${name}.sqlite`);
    const rows = await engine.query({ sql });
    await engine.close();
    return rows;
  }

  /** Changes what is in the database of a catalog that is closed. */
  async change(statements: readonly SqlStatement[], name = "a"): Promise<void> {
    const sql = await openEngine(this.fs, `/state/${name}.sqlite`);
    await sql.batch(statements);
    await sql.close();
  }
}

/** The path of the blob of a row. */
export function pathOf({ storageUri }: Pick<DocumentRecord, "storageUri">): string {
  return decodeURIComponent(new URL(storageUri).pathname);
}

/** What a plan would do, one text a line. */
export async function planned(catalog: Catalog, options: CollectOptions = {}): Promise<readonly string[]> {
  return linesOf(await actionsOf(catalog, options));
}

/** The lines of a plan. */
export async function actionsOf(catalog: Catalog, options: CollectOptions = {}): Promise<readonly PlanAction[]> {
  const actions: PlanAction[] = [];
  for await (const action of (await catalog.planCollect(options)).actions()) actions.push(action);
  return actions;
}

/** What a collection did. */
export interface Collected {
  readonly summary: ApplySummary;
  readonly applied: readonly string[];
  readonly findings: readonly PlanFinding[];
}

/** Plans and applies, as `catalog gc --apply` does. */
export async function collect(catalog: Catalog, options: CollectOptions & ApplyOptions = {}): Promise<Collected> {
  const applied: PlanAction[] = [];
  const findings: PlanFinding[] = [];
  const told = {
    onApplied: (action: PlanAction): void => void applied.push(action),
    onFinding: (finding: PlanFinding): void => void findings.push(finding),
  };
  const plan = await catalog.planCollect({ giveBackFirst: true, ...options, ...told });
  const summary = await catalog.apply(plan, { force: true, ...options, ...told });
  return { summary, applied: linesOf(applied), findings };
}

function linesOf(actions: readonly PlanAction[]): readonly string[] {
  return actions.map(({ action, uri, reason }) => {
    const path = decodeURIComponent(new URL(uri).pathname);
    return `${action} ${path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : path} ${reason}`;
  });
}
