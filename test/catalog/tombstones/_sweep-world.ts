import type { AddFinding, AddOptions, AddSource, AddSummary } from "../../../src/catalog/add/add-options.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { type ImportContext, importManifest } from "../../../src/catalog/import/import-manifest.ts";
import type {
  ImportedOutcome,
  ImportFinding,
  ImportOptions,
  ImportSummary,
} from "../../../src/catalog/import/import-options.ts";
import { remove } from "../../../src/catalog/remove/remove.ts";
import type { Tombstone } from "../../../src/catalog/tombstones/tombstone.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { collect } from "../_open-for-test.ts";
import { outcomeOf } from "../import/_scratch-import.ts";
import { type IngestWorld, openEngine, openWorld, streamOf, type WorldOptions } from "../ingest/_ingest-world.ts";

/** A catalog with a root in memory, files beside it, and a place to interrupt what writes. */
export interface SweepWorld extends IngestWorld {
  readonly sql: SqlEngine;
  write(path: string, text: string): Promise<void>;
  /** Imports lines; each is what {@link lineOf} gives. */
  import(lines: readonly string[], options?: ImportOptions): Promise<Imported>;
  addAll(sources: readonly (string | AddSource)[], options?: AddOptions): Promise<Added>;
  /** Removes every document. */
  removeAll(reason?: string): Promise<void>;
  tombstones(): Promise<readonly Tombstone[]>;
  artifacts(): Promise<readonly string[]>;
  /** Does something just before the next batch that makes a document. */
  beforeNextInsert(deed: () => Promise<void>): void;
}

/** What an import did. */
export interface Imported {
  readonly summary: ImportSummary;
  readonly findings: readonly ImportFinding[];
  readonly told: readonly ImportedOutcome[];
}

/** What `add` did. */
export interface Added {
  readonly summary: AddSummary;
  readonly findings: readonly AddFinding[];
}

/** A line about `/files/<name>`, without a hash and a size of its own. */
export function lineOf(name: string, change: Record<string, unknown> = {}): string {
  return outcomeOf(name, { path: `/files/${name}`, sha256: null, content_length: null, ...change });
}

/** Opens one. */
export async function openSweepWorld(options: WorldOptions = {}): Promise<SweepWorld> {
  const inner = await openEngine();
  const { sql, beforeNextInsert } = interruptible(inner);
  const world = await openWorld({ layout: "cas", ...options, sql });
  const context = { ...world.context, sql, placing: world.context };
  return Object.assign(world, {
    sql: inner,
    beforeNextInsert,
    write: (path: string, text: string) => write(world, path, text),
    import: (lines: readonly string[], importOptions: ImportOptions = {}) => importLines(context, lines, importOptions),
    addAll: async (sources: readonly (string | AddSource)[], addOptions: AddOptions = {}) => {
      const findings: AddFinding[] = [];
      const all = sources.map((each) => (typeof each === "string" ? { path: each } : each));
      const onFinding = (finding: AddFinding): void => void findings.push(finding);
      const summary = await addSources(world.context, all, { recursive: true, onFinding, ...addOptions });
      return { summary, findings };
    },
    removeAll: async (reason?: string) => {
      const rows = await inner.query({ sql: "SELECT id FROM documents ORDER BY id" });
      const ids = rows.map(([id]) => Number(id));
      await remove({ ...context, sql: inner }, ids, { reason });
    },
    tombstones: () => collect(world.catalog.listTombstones()),
    artifacts: async () => (await world.rows()).map(({ artifactId }) => artifactId),
  });
}

async function importLines(
  context: ImportContext,
  lines: readonly string[],
  options: ImportOptions,
): Promise<Imported> {
  const [findings, told]: [ImportFinding[], ImportedOutcome[]] = [[], []];
  const source = { stream: streamOf(lines.map((line) => `${line}\n`).join("")), name: "-" };
  const summary = await importManifest(context, source, {
    baseDir: "/",
    onFinding: (finding) => void findings.push(finding),
    onImported: (imported) => void told.push(imported),
    ...options,
  });
  return { summary, findings, told };
}

/** An engine that can be interrupted before a batch which makes a document. */
function interruptible(inner: SqlEngine): Pick<SweepWorld, "sql" | "beforeNextInsert"> {
  let deed: (() => Promise<void>) | undefined;
  const batch: SqlEngine["batch"] = async (statements, options) => {
    if (statements.some(({ sql }) => sql.includes("INSERT INTO documents"))) {
      const now = deed;
      deed = undefined;
      await now?.();
    }
    return inner.batch(statements, options);
  };
  return {
    sql: { ...bind(inner), batch },
    beforeNextInsert: (next) => {
      deed = next;
    },
  };
}

function bind(sql: SqlEngine): SqlEngine {
  return {
    batch: (statements, options) => sql.batch(statements, options),
    query: (statement, options) => sql.query(statement, options),
    sync: () => sql.sync(),
    checkpoint: () => sql.checkpoint(),
    check: (options) => sql.check(options),
    describe: () => sql.describe(),
    close: () => sql.close(),
  };
}

async function write({ context: { fs } }: IngestWorld, path: string, text: string): Promise<void> {
  const names = path.split("/").slice(1, -1);
  for (const depth of names.keys()) {
    const folder = `/${names.slice(0, depth + 1).join("/")}`;
    if ((await fs.stat(folder)) === undefined) await fs.makeDirectory(folder);
  }
  if ((await fs.stat(path)) !== undefined) await fs.unlink(path);
  const handle = await fs.open(path, "create");
  await handle.write(new TextEncoder().encode(text));
  await handle.close();
}
