import { describe, expect, it } from "vitest";
import { audit } from "../../../src/catalog/audit/audit.ts";
import type { AuditContext } from "../../../src/catalog/audit/audit-context.ts";
import type { AuditFinding } from "../../../src/catalog/audit/audit-finding.ts";
import type { AuditSummary } from "../../../src/catalog/audit/audit-options.ts";
import { RowAudit } from "../../../src/catalog/audit/rows/audit-rows.ts";
import { ExpectedSizes } from "../../../src/catalog/audit/rows/expected-sizes.ts";
import { LiveNames } from "../../../src/catalog/collect/live/live-names.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { CatalogError } from "../../../src/errors.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { CollectWorld, pathOf, ROOT } from "../collect/_collect-world.ts";
import { openWorld } from "../ingest/_ingest-world.ts";
import { auditAll, edit, rewrite } from "./_audit-world.ts";

/** A catalog that is damaged, or what cannot be read: what can be told is told. */

const REASON = "database disk image is malformed";

function corrupt(message = `Cannot read it: ${REASON}`): CatalogError {
  return new CatalogError("CORRUPT", message, { details: { reason: REASON } });
}

function changed<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A context with one row whose file is gone, and an orphan's worth of a file that nobody knows. */
async function openContext(change: Partial<AuditContext> = {}): Promise<AuditContext> {
  const world = await openWorld();
  await world.ingest("one");
  const gone = await world.ingest("two");
  const { context } = world;
  await context.fs.unlink(pathOf(gone.record));
  const handle = await context.fs.open("/root/mine.txt", "create");
  await handle.close();
  const { sql } = context;
  if (sql === undefined) throw new TypeError("expected a catalog");
  return { ...context, sql, catalogPath: "", readOnly: false, ...change };
}

interface Told {
  readonly kinds: readonly string[];
  readonly findings: readonly AuditFinding[];
  readonly summary: AuditSummary | undefined;
}

async function tell(context: AuditContext): Promise<Told> {
  const findings: AuditFinding[] = [];
  let summary: AuditSummary | undefined;
  const onSummary = (told: AuditSummary): void => {
    summary = told;
  };
  for await (const finding of audit(context, { onSummary })) findings.push(finding);
  return { kinds: findings.map(({ kind, reason }) => `${kind} ${reason}`), findings, summary };
}

/** The engine, some of whose statements fail. */
function failing(sql: SqlEngine, when: RegExp, error: () => unknown = corrupt): SqlEngine {
  return changed(sql, {
    query: async (statement, options) => {
      if (when.test(statement.sql)) throw error();
      return sql.query(statement, options);
    },
  });
}

describe("a damaged database", () => {
  it("is told once, with what can be told besides, and what cannot", async () => {
    const context = await openContext();
    const sql = failing(context.sql, /FROM (documents|verifications)/);
    const { kinds, findings, summary } = await tell({ ...context, sql });
    expect(kinds).toEqual(["database unreadable"]);
    expect(findings[0]?.message).toBe(`Cannot read it: ${REASON}`);
    expect(summary).toMatchObject({ files: { files: 2 }, tables: [], sha256: null });
    expect(summary?.untold).toEqual(
      expect.arrayContaining([
        "bad_row",
        "dangling_variant",
        "missing",
        "size_mismatch",
        "known_bad",
        "orphan",
        "unknown",
      ]),
    );
  });

  it("keeps no other step from what it finds", async () => {
    const context = await openContext();
    const sql = failing(context.sql, /FROM (trash|drifts|verifications)/);
    const { kinds, summary } = await tell({ ...context, sql });
    expect(kinds).toEqual(["unknown unclaimed", "missing gone", "database unreadable"]);
    expect(summary?.untold).toEqual(["leftover", "known_bad"]);
    expect(summary?.sha256).toBeNull();
  });

  it("is told whatever its files diverged into, and any other failure ends the audit", async () => {
    const context = await openContext();
    const diverged = new CatalogError("DIVERGED", "Cannot use it: two histories", { details: { path: "/c" } });
    const { kinds, summary } = await tell({ ...context, sql: failing(context.sql, /./, () => diverged) });
    expect(kinds).toEqual(["database unreadable"]);
    expect(summary?.steady).toBe(false);
    const broken = new TypeError("broken");
    for (const when of [/SELECT 1$/, /FROM trash/, /FROM documents/]) {
      await expect(tell({ ...context, sql: failing(context.sql, when, () => broken) })).rejects.toBe(broken);
    }
  });

  it("has an id that is none, and is audited all the same", async () => {
    const world = new CollectWorld();
    const record = await world.ingest(await world.open(), "one");
    await world.close();
    await edit(world, "UPDATE meta SET value = 'none' WHERE key = 'catalog_id'");
    await edit(
      world,
      `INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
       VALUES ('o', 'o', 'o', 1, 's3://papers/o', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`,
    );
    await world.fs.unlink(pathOf(record));
    const { lines, summary } = await auditAll(await world.open("a", "read"));
    expect(lines).toEqual(["database unreadable", expect.stringMatching(/^missing gone .* documents 1$/)]);
    expect(summary.untold).toEqual(["marker", "orphan", "unknown"]);
    await world.close();
  });

  it("is told by what SQLite says of it", async () => {
    const world = new CollectWorld();
    await world.ingest(await world.open(), "one");
    await world.close();
    await edit(world, "UPDATE documents SET bytes = -3");
    const { lines, summary } = await auditAll(await world.open("a", "read"));
    expect(lines).toEqual(
      ["database integrity", "bad_row value n1.txt documents 1"]
        .map((line) => expect.stringContaining(line.split(" ")[0] ?? ""))
        .concat(expect.stringMatching(/^size_mismatch/)),
    );
    expect(summary.untold).toEqual([]);
    await world.close();
  });

  it("is told by whatever else an engine says of it", async () => {
    const context = await openContext();
    const sql = changed(context.sql, {
      check: async function* () {
        yield { kind: "foreign_key", message: "2 rows of parts refer to nothing", table: "parts" };
        yield { kind: "foreign_key", message: "1 rows of variants refer to nothing", table: "variants" };
        yield { kind: "leftover", message: "something of a process that is gone" };
      },
    });
    const { findings } = await tell({ ...context, sql });
    expect(findings.slice(0, 2).map(({ kind, reason, path, bytes }) => [kind, reason, path, bytes])).toEqual([
      ["database", "foreign_key", null, null],
      ["leftover", "catalog_file", null, null],
    ]);
    expect(findings).toHaveLength(4);
  });

  it("has a row without an id that could be given, whose file is gone", async () => {
    const world = new CollectWorld();
    await world.ingest(await world.open(), "one");
    await world.close();
    await edit(world, "UPDATE documents SET id = -1, storage_uri = 'file:///elsewhere/gone', created_at = 'never'");
    const { findings } = await auditAll(await world.open("a", "read"));
    expect(findings.filter(({ row }) => row !== null).map(({ message, row }) => [message, row])).toEqual([
      ["document -1: its id is -1", { table: "documents", id: null }],
      ['the file of document without an id is not there: "file:///elsewhere/gone"', { table: "documents", id: null }],
    ]);
    await world.close();
  });

  it("has a log whose last batches are damaged", async () => {
    const world = new CollectWorld();
    const catalog = await world.open();
    await world.ingest(catalog, "one");
    const log = "/state/a.sqlite.oplog";
    const bytes = await world.fs.readFile(log);
    await world.close();
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    const other = new CollectWorld();
    const pending = await other.open();
    await other.ingest(pending, "two");
    const whole = await other.fs.readFile(log);
    whole[whole.length - 1] = (whole[whole.length - 1] ?? 0) ^ 1;
    await rewrite(other, log, whole);
    const { lines } = await auditAll(pending);
    expect(lines).toEqual([`log damaged ${log}`]);
  });
});

describe("another catalog of the root", () => {
  it("is told that can be opened and not be read, and then nobody knows what is an orphan", async () => {
    const world = new CollectWorld();
    const [ours, theirs] = [await world.open(), await world.open("b")];
    for (let at = 0; at < 60; at++) await world.ingest(theirs, `theirs ${at}`);
    await world.orphan(ours, "gone");
    await world.close();
    const bytes = await world.fs.readFile("/state/b.sqlite");
    const at = new TextDecoder("latin1").decode(bytes).lastIndexOf("https://example.org/n30.txt");
    // The page of rows that this is in.
    bytes.fill(0xff, at - (at % 4096), at - (at % 4096) + 4096);
    await rewrite(world, "/state/b.sqlite", bytes);
    const { lines, summary } = await auditAll(await world.open("a", "read"));
    expect(lines).toEqual(["marker unreadable_catalog /state/b.sqlite"]);
    expect(summary.untold).toEqual(["orphan", "unknown"]);
    await world.close();
  });

  it("is told that came while the audit went on, and cannot be asked", async () => {
    const world = new CollectWorld();
    const catalog = await world.open();
    await world.orphan(catalog, "gone");
    await world.ingest(catalog, "kept");
    const marker = JSON.stringify({ id: "f".repeat(32), sequence: 1, path: "/state/none.sqlite" });
    const found: string[] = [];
    const onProgress = ({ phase }: { readonly phase: string }): void => {
      if (phase === "rows") written = rewrite(world, `${ROOT}/.content-catalog/${"f".repeat(32)}`, `${marker}\n`);
    };
    let written: Promise<void> | undefined;
    let summary: AuditSummary | undefined;
    for await (const { kind } of catalog.audit({ onProgress, onSummary: (told) => (summary = told) })) found.push(kind);
    await written;
    expect(found).toEqual([]);
    expect(summary?.untold).toEqual(["orphan", "unknown"]);
  });
});

describe("places that nobody may look at", () => {
  const failWith = (code: string) => (): Promise<never> =>
    Promise.reject(Object.assign(new Error(`${code}: planned`), { code }));
  const denied = failWith("EACCES");
  const broken = failWith("EMFILE");

  it("are told where rows name them, in the root and outside of it", async () => {
    const context = await openContext();
    const row = { artifactId: "o", sourceUrl: "https://example.org/o", resolver: "x", bytes: 7 };
    const insert = (name: string, uri: string) => ({
      sql: `INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`,
      parameters: [name, row.sourceUrl, row.resolver, row.bytes, uri],
    });
    await context.sql.batch([insert("file", "file:///elsewhere/x"), insert("folder", "file:///locked/folder/x")]);
    const fs: FileSystem = changed(context.fs, {
      stat: (path) =>
        path === "/elsewhere/x" ? denied() : path.startsWith("/locked") ? broken() : context.fs.stat(path),
      realPath: (path) => (path.startsWith("/locked") ? broken() : context.fs.realPath(path)),
      lstat: (path) => (path.startsWith("/locked") ? broken() : context.fs.lstat(path)),
    });
    const store: BlobStore = changed(context.store, {
      stat: (key) =>
        key.startsWith("unpaywall/work-2")
          ? Promise.reject(new CatalogError("PERMISSION", "denied", { details: { path: "/root" } }))
          : context.store.stat(key),
    });
    const { findings, summary } = await tell({ ...context, fs, store });
    expect(findings.map(({ kind, reason, uri }) => `${kind} ${reason} ${uri?.replace(/.*\//, "")}`)).toEqual([
      "missing unreadable x",
      "missing unreadable x",
      "missing unreadable work-2.txt",
    ]);
    expect(findings[0]?.message).toMatch(/cannot be looked at \(.*planned\): "file:/);
    // The row in the folder may lead into the root.
    expect(summary?.untold).toEqual(["orphan", "unknown"]);
    const failing: BlobStore = changed(context.store, { stat: () => Promise.reject(new TypeError("failed")) });
    await expect(tell({ ...context, store: failing })).rejects.toThrow("failed");
  });

  it("keep a blob from being given back, and the audit goes on", async () => {
    const context = await openContext();
    const denies = (code: "PERMISSION" | "BACKEND"): BlobStore =>
      changed(context.store, {
        // biome-ignore lint/correctness/useYield: it fails before
        listTaken: async function* () {
          throw code === "PERMISSION"
            ? new CatalogError(code, "denied", { details: { path: "/root" } })
            : new CatalogError(code, "broken", { details: { what: "list" } });
        },
      });
    await expect(tell({ ...context, store: denies("BACKEND") })).rejects.toMatchObject({ code: "BACKEND" });
    await expect(tell({ ...context, store: denies("PERMISSION"), readOnly: true })).rejects.toMatchObject({
      code: "PERMISSION",
    });
  });
});

describe("a store that takes nothing out of its names, as R2", () => {
  it("is told to have what was staged a day ago", async () => {
    const context = await openContext();
    const writer = await context.store.stage();
    await writer.finish();
    const later = { ...context.clock, now: () => context.clock.now() + 86_400_001 };
    const { take: _, ...rest } = context.store.capabilities;
    const store = changed(context.store, { capabilities: { ...rest, take: false } });
    expect((await tell({ ...context, store })).kinds).not.toContain("leftover staged");
    expect((await tell({ ...context, store, clock: later })).kinds).toContain("leftover staged");
  });
});

describe("rows", () => {
  it("are read once more without the texts that no string can hold", async () => {
    const context = await openContext();
    const names = new LiveNames(context);
    const sql = failing(context.sql, /SELECT id, artifact_id/);
    const rows = new RowAudit({ ...context, sql }, { names, expected: new ExpectedSizes() });
    const found: AuditFinding[] = [];
    for await (const finding of rows.run(() => undefined, {})) found.push(finding);
    expect(found).toEqual([]);
    expect([rows.inRoot, rows.complete, rows.digests.length]).toEqual([2, true, 2]);
  });

  it("are not missed that are gone by now, or name another place", async () => {
    const context = await openContext();
    const { sql } = context;
    const moved = changed(sql, {
      query: async (statement, options) => {
        if (/WHERE id = \? AND storage_uri = \?/.test(statement.sql)) return [];
        return sql.query(statement, options);
      },
    });
    expect((await tell({ ...context, sql: moved })).kinds).toEqual(["unknown unclaimed"]);
  });

  it("are not missed whose place somebody claims, or whose file came meanwhile", async () => {
    const context = await openContext();
    const [row] = await context.sql.query({ sql: "SELECT storage_uri FROM documents WHERE id = 2" });
    const uri = String(row?.[0]) as StorageUri;
    await context.sql.batch([
      {
        sql: `INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at)
          VALUES ('x', ?, 'placed', '{}', '2026-01-01T00:00:00.000Z', '2036-01-01T00:00:00.000Z')`,
        parameters: [uri],
      },
    ]);
    expect((await tell(context)).kinds).toEqual(["unknown unclaimed"]);
    await context.sql.batch([{ sql: "DELETE FROM leases" }]);
    let looks = 0;
    const stat = { sizeBytes: 3, modifiedMs: 0, identity: "1" };
    const store = changed(context.store, {
      stat: async (key) => {
        if (!key.startsWith("unpaywall/work-2")) return context.store.stat(key);
        looks += 1;
        return looks === 1 ? undefined : stat;
      },
    });
    expect((await tell({ ...context, store })).kinds).toEqual(["unknown unclaimed"]);
  });
});
