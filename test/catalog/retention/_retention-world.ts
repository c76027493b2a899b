import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { ApplyOptions, ApplySummary } from "../../../src/catalog/collect/collect-options.ts";
import { findCatalogId } from "../../../src/catalog/meta/catalog-id.ts";
import type { Plan, PlanFinding } from "../../../src/catalog/plan/plan.ts";
import type { DocumentRecord, Registration } from "../../../src/core/document.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import type { Timestamp } from "../../../src/core/timestamp.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { CollectWorld, ROOT } from "../collect/_collect-world.ts";
import { openEngine } from "../ingest/_ingest-world.ts";

/** Called before a file is looked at. */
type Hook = (path: string) => Promise<void>;

/** A catalog of which rows are dropped, and what happens between the looks of whoever drops them. */
export class RetentionWorld extends CollectWorld {
  readonly #hooks: { onLook: Hook | undefined };
  #catalogId = "";

  constructor() {
    const hooks: { onLook: Hook | undefined } = { onLook: undefined };
    super({ fs: withHook(createMemoryFileSystem(), hooks) });
    this.#hooks = hooks;
  }

  /** Does something when a file is looked at the next time. */
  whenLookedAt(path: string, work: () => Promise<unknown>): void {
    this.#hooks.onLook = async (looked) => {
      if (looked !== path) return;
      this.#hooks.onLook = undefined;
      await work();
    };
  }

  /** Stores a text for an artifact, from a source and by a resolver of its own. */
  async copy(catalog: Catalog, text: string, change: Partial<Registration> = {}): Promise<DocumentRecord> {
    this.copies += 1;
    const { artifactId = "doi:a", sourceUrl = `https://example.org/${this.copies}.txt`, resolver = "test" } = change;
    const { record } = await catalog.ingest(new TextEncoder().encode(text), { artifactId, sourceUrl, resolver });
    return record;
  }

  copies = 0;

  /** A plan that drops some rows as they are, and keeps others. */
  async planOf(
    drop: readonly DocumentRecord[],
    { keep = [], keepCopies = 1 }: { keep?: readonly DocumentRecord[]; keepCopies?: number } = {},
  ): Promise<Plan> {
    if (this.#catalogId === "") {
      const sql = await openEngine(this.fs, "/state/a.sqlite");
      this.#catalogId = String(await findCatalogId(sql));
      await sql.close();
    }
    const actions = [
      ...drop.map((row) => actionOf(row, { action: "drop_row", reason: "older_than" })),
      ...keep.map((row) => actionOf(row, { action: "keep_row", reason: "not_older" })),
    ];
    return {
      head: {
        ...{ verb: "retention", catalogId: this.#catalogId, root: ROOT, sequence: 0 },
        createdAt: "2026-01-01T00:00:00.000Z" as Timestamp,
        retention: { keepCopies, policy: `--older-than 90d --keep-copies ${keepCopies}` },
      },
      size: actions.length,
      bytes: 0,
      actions: async function* actionsOf() {
        yield* actions;
      },
    };
  }
}

function actionOf(row: DocumentRecord, what: Pick<PlanAction, "action" | "reason">): PlanAction {
  const { storageUri: uri, bytes } = row;
  return { ...what, uri, bytes, since: null, ripeAt: null, modifiedMs: null, identity: null, row };
}

/** What applying a plan did. */
export interface Dropped {
  readonly summary: ApplySummary;
  /** The ids of the rows that went. */
  readonly ids: readonly number[];
  readonly findings: readonly PlanFinding[];
  /** The same as `id kind`. */
  readonly why: readonly string[];
}

/** Applies a plan. */
export async function drop(catalog: Catalog, plan: Plan, options: ApplyOptions = {}): Promise<Dropped> {
  const ids: number[] = [];
  const findings: PlanFinding[] = [];
  const summary = await catalog.apply(plan, {
    ...options,
    onApplied: ({ row }) => ids.push(row?.id ?? 0),
    onFinding: (finding) => findings.push(finding),
  });
  return { summary, ids, findings, why: findings.map(({ kind, action }) => `${action.row?.id} ${kind}`) };
}

function withHook(fs: FileSystem, hooks: { readonly onLook: Hook | undefined }): FileSystem {
  const look =
    <Look extends "stat" | "lstat">(name: Look): FileSystem[Look] =>
    async (path) => {
      await hooks.onLook?.(path);
      return fs[name](path);
    };
  const looks: Pick<FileSystem, "stat" | "lstat"> = { stat: look("stat"), lstat: look("lstat") };
  return new Proxy(fs, {
    get(target, name) {
      if (name === "stat" || name === "lstat") return looks[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
