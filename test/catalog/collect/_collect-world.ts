import { systemClock } from "../../../src/adapters/clock/system.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { ApplyOptions, ApplySummary, CollectOptions } from "../../../src/catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { type OpenMode, openCatalog } from "../../../src/hosts/memory.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { Telemetry } from "../../../src/ports/telemetry.ts";

/** What a test wants to be different. */
export interface CollectWorldOptions {
  readonly layout?: Layout;
  readonly fs?: FileSystem;
}

/** Where the blobs are. */
export const ROOT = "/data/docs";

const DAY_MS = 86_400_000;

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
      count: (counter, _labels, by = 1) => {
        if (counter === "contentdownload_gc_removed_total") this.removed += by;
      },
      span: (_name, _attributes, work) => work(),
    };
    const catalog = await openCatalog({
      fs: this.fs,
      clock: this.clock,
      telemetry,
      mode,
      catalog: { path: `/state/${name}.sqlite` },
      storage: { rootDir: ROOT, layout: this.#layout },
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
    for (const catalog of this.#opened) await catalog.close();
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
  const plan = await catalog.planCollect({ giveBackFirst: true, ...options });
  const applied: PlanAction[] = [];
  const findings: PlanFinding[] = [];
  const summary = await catalog.apply(plan, {
    force: true,
    ...options,
    onApplied: (action) => applied.push(action),
    onFinding: (finding) => findings.push(finding),
  });
  return { summary, applied: linesOf(applied), findings };
}

function linesOf(actions: readonly PlanAction[]): readonly string[] {
  return actions.map(({ action, uri, reason }) => {
    const path = decodeURIComponent(new URL(uri).pathname);
    return `${action} ${path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : path} ${reason}`;
  });
}
