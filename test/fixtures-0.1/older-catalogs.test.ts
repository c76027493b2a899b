import { symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../src/adapters/entropy/web-crypto.ts";
import { openSqlJsEngine, type SqlJsEngineOptions } from "../../src/adapters/sql/oplog/open.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { APPLICATION_ID } from "../../src/catalog/format.ts";
import { MIGRATIONS } from "../../src/catalog/migrations.gen.ts";
import { isCatalogError } from "../../src/errors.ts";
import { type MemoryOpenOptions, openCatalog } from "../../src/hosts/memory.ts";
import { openCatalog as openNodeCatalog } from "../../src/hosts/node.ts";
import type { FileSystem } from "../../src/ports/file-system.ts";
import type { SqlEngine, SqlRow } from "../../src/ports/sql.ts";
import { createProcesses, inTemporaryFolder, listNames, sqljs } from "../adapters/sql/oplog/_engine-world.ts";
import { filesBelow } from "../catalog/ingest/_ingest-world.ts";
import { CATALOG_PATH, type FixtureLayout, LAYOUTS, loadFixture, placeFixture, ROOT_DIR } from "./load-fixture.ts";

type Rows = Readonly<Record<string, readonly SqlRow[]>>;

const KEPT = `${CATALOG_PATH}.v1`;
const FRESH = { fresh: true };
const TABLES = {
  documents: `SELECT id, artifact_id, source_url, resolver, content_type, bytes, sha256, storage_uri, created_at,
    updated_at, run_id FROM documents ORDER BY id`,
  variants:
    "SELECT id, document_id, variant, storage_uri, bytes, content_type, sha256, created_at FROM variants ORDER BY id",
  removals: "SELECT id, uri, sha256, bytes, verb, reason, record FROM removals ORDER BY id",
};
/** The key of `signed-0`, with another signature. */
const SIGNED_ANEW = `https://bucket.s3.amazonaws.com/p.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Signature=${"1b".repeat(32)}`;
const TOO_NEW = { code: "SCHEMA_TOO_NEW", details: { found: MIGRATIONS.length, supported: 1 } };

/** A program that knows what version 0.1 knew, in a process of its own. */
function openOlder(fs: FileSystem, options: Partial<SqlJsEngineOptions> = {}): Promise<SqlEngine> {
  return openSqlJsEngine({
    ...{ sqljs, fs, path: CATALOG_PATH, mode: "write", migrations: MIGRATIONS.slice(0, 1) },
    ...{ applicationId: APPLICATION_ID, clock: systemClock, entropy: webCryptoEntropy },
    processes: createProcesses(2),
    ...options,
  });
}

function openNow(fs: FileSystem, layout: FixtureLayout, options: MemoryOpenOptions = {}): Promise<Catalog> {
  return openCatalog({
    fs,
    storage: { rootDir: ROOT_DIR, layout },
    ...options,
    catalog: { path: CATALOG_PATH, ...options.catalog },
  });
}

async function rowsOf(engine: SqlEngine): Promise<Rows> {
  const rows: Record<string, readonly SqlRow[]> = {};
  for (const [table, sql] of Object.entries(TABLES)) rows[table] = await engine.query({ sql }, FRESH);
  return rows;
}

/** What a program of then reads of it. */
async function readOlder(fs: FileSystem, path: string = CATALOG_PATH): Promise<Rows> {
  const engine = await openOlder(fs, { mode: "read", path });
  const rows = await rowsOf(engine);
  await engine.close();
  return rows;
}

/** What this program reads of it, in a process of its own. */
async function readNow(fs: FileSystem): Promise<Rows> {
  const engine = await openOlder(fs, { mode: "read", migrations: MIGRATIONS });
  const rows = await rowsOf(engine);
  await engine.close();
  return rows;
}

/** What SQLite finds in a file by itself. */
function lookInto(bytes: Uint8Array): { readonly integrity: unknown; readonly version: unknown; readonly rows: Rows } {
  const db = new sqljs.Database(bytes);
  const first = (sql: string): unknown => db.exec(sql)[0]?.values[0]?.[0];
  const entries = Object.entries(TABLES).map(([table, sql]) => [table, db.exec(sql)[0]?.values ?? []] as const);
  const found = { integrity: first("PRAGMA integrity_check"), version: first("PRAGMA user_version") };
  db.close();
  return { ...found, rows: Object.fromEntries(entries) };
}

function insertDocument(id: string): { readonly sql: string; readonly parameters: readonly string[] } {
  const sql = `INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
    VALUES (?, 'https://example.org/then', 'then', 1, 's3://papers/then', ?, ?)`;
  return { sql, parameters: [id, "2025-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z"] };
}

function idsIn(rows: Rows): readonly unknown[] {
  return rows["documents"]?.map(([, artifactId]) => artifactId) ?? [];
}

/** Does what users do. */
async function addTo(catalog: Catalog): Promise<void> {
  const meta = (id: string) => ({ artifactId: id, sourceUrl: `https://example.org/${id}`, resolver: "now" });
  const fresh = await catalog.ingest(new TextEncoder().encode("new\n"), meta("new"));
  expect(fresh.outcome).toBe("created");
  const known = await catalog.ingest(new TextEncoder().encode("alpha\n"), meta("known"));
  expect(known).toMatchObject({ outcome: "created", deduplicated: true });
  const again = { artifactId: "signed-0", resolver: "signed", bytes: 10, storageUri: "s3://papers/signed-0.pdf" };
  const signed = { ...again, sourceUrl: SIGNED_ANEW };
  expect(await catalog.registerOrGet(signed)).toMatchObject({ outcome: "found", record: { artifactId: "signed-0" } });
  const summary = await catalog.importManifest({ path: "/library/downloads/manifest.jsonl" });
  expect(summary).toMatchObject({ lines: 1, documents: 0, repeats: 1 });
  await catalog.addVariant(fresh.record.id, { variant: "text", storageUri: "s3://papers/new.txt", bytes: 4 });
  const [gone] = await catalog.listByArtifact("odd-7");
  expect(await catalog.remove([gone?.id ?? 0])).toHaveLength(1);
}

describe.each(LAYOUTS)("a catalog of version 0.1 with the layout %s", (layout) => {
  it("has what it should have, and is read without being changed", async () => {
    const fs = await loadFixture(layout);
    const before = await Promise.all((await filesBelow(fs, "/library")).map((path) => fs.readFile(path)));
    const rows = await readOlder(fs);
    expect(idsIn(rows)).toHaveLength(18);
    expect(rows["variants"]).toHaveLength(3);
    expect(rows["removals"]).toHaveLength(1);
    const catalog = await openNow(fs, layout, { mode: "read" });
    expect(await catalog.stats()).toMatchObject({ documents: 18, variants: 3 });
    const [signed] = await catalog.listByArtifact("signed-2");
    expect(signed?.sourceUrl).toBe("https://example.org/private.pdf");
    for (let spelling = 0; spelling < 8; spelling++) {
      expect(await catalog.listByArtifact(`odd-${spelling}`)).toMatchObject([{ sha256: null, bytes: 4 }]);
    }
    await catalog.close();
    const after = await Promise.all((await filesBelow(fs, "/library")).map((path) => fs.readFile(path)));
    expect(after).toEqual(before);
  });

  it("is migrated, and the file of before is kept, whole and with what was in its log", async () => {
    const fs = await loadFixture(layout);
    const rows = await readOlder(fs);
    const catalog = await openNow(fs, layout);
    expect((await catalog.stats()).schemaVersion).toBe(MIGRATIONS.length);
    await catalog.close();
    expect(lookInto(await fs.readFile(KEPT))).toEqual({ integrity: "ok", version: 1, rows });
    expect(await readNow(fs)).toEqual(rows);
    expect(lookInto(await fs.readFile(CATALOG_PATH))).toEqual({ integrity: "ok", version: MIGRATIONS.length, rows });
    await expect(openOlder(fs)).rejects.toMatchObject(TOO_NEW);
    expect(await listNames(fs, "/library/state")).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
  });

  it("is added to, checkpointed, and opened again", async () => {
    const fs = await loadFixture(layout);
    const blobs = await filesBelow(fs, `${ROOT_DIR}`);
    const catalog = await openNow(fs, layout, { catalog: { checkpointOnClose: "never" } });
    await addTo(catalog);
    await catalog.checkpoint();
    await catalog.close();
    expect(await listNames(fs, "/library/state")).toEqual(["catalog.sqlite", "catalog.sqlite.v1"]);
    const again = await openNow(fs, layout);
    expect(await again.stats()).toMatchObject({ documents: 19, variants: 4 });
    expect(await again.listByArtifact("doi:10.1/beta")).toEqual([]);
    await again.close();
    const left = await filesBelow(fs, ROOT_DIR);
    expect(left).toEqual(expect.arrayContaining([...blobs]));
  });

  it.each(["auto", "never"] as const)(
    "is rolled back by the kept file, checkpoint on close: %s",
    async (checkpointOnClose) => {
      const fs = await loadFixture(layout);
      const rows = await readOlder(fs);
      const catalog = await openNow(fs, layout, { catalog: { checkpointOnClose } });
      await addTo(catalog);
      await catalog.close();
      await fs.rename(KEPT, CATALOG_PATH);
      if (checkpointOnClose === "never") {
        // The log of the newer file fits no other.
        await expect(openOlder(fs)).rejects.toMatchObject({ code: "DIVERGED" });
        await fs.unlink(`${CATALOG_PATH}.oplog`);
      }
      const older = await openOlder(fs);
      expect(await rowsOf(older)).toEqual(rows);
      await older.batch([insertDocument("then")]);
      await older.checkpoint();
      await older.close();
      // And forward again.
      const again = await openNow(fs, layout);
      expect(await again.stats()).toMatchObject({ documents: 19, schemaVersion: MIGRATIONS.length });
      await addTo(again);
      await again.close();
      expect(idsIn(lookInto(await fs.readFile(KEPT)).rows)).toContain("then");
    },
  );
});

describe.each(LAYOUTS)("a catalog of version 0.1 among the files of the machine, with the layout %s", (layout) => {
  it("names what lies there, by every spelling, and is added to", () =>
    inTemporaryFolder(async (temporary, fs) => {
      const folder = `${await fs.realPath(temporary)}/library`;
      await placeFixture(layout, fs, folder);
      await symlink("docs", `${folder}/link`);
      const path = `${folder}/state/catalog.sqlite`;
      const before = await readOlder(fs, path);
      expect(JSON.stringify(before)).not.toContain('"file:///library/');
      expect(idsIn(before)).toEqual(idsIn(await readOlder(await loadFixture(layout))));
      const storage = { rootDir: `${folder}/docs`, layout };
      const catalog = await openNodeCatalog({ catalog: { path }, storage });
      for await (const { artifactId, storageUri } of catalog.search({})) {
        if (!/^(doi|file|W1|odd-[01246])/.test(artifactId)) continue;
        expect((await fs.stat(fileURLToPath(storageUri)))?.kind, storageUri).toBe("file");
      }
      const meta = { artifactId: "new", sourceUrl: "https://example.org/new", resolver: "now" };
      const { deduplicated } = await catalog.ingest(new TextEncoder().encode("alpha\n"), meta);
      expect(deduplicated).toBe(true);
      await catalog.close();
      expect(lookInto(await fs.readFile(`${path}.v1`))).toEqual({ integrity: "ok", version: 1, rows: before });
    }));
});

describe.each(LAYOUTS)("a catalog of version 0.1 that a process of then has open, with the layout %s", (layout) => {
  it("is migrated with all that was acknowledged; that process says SCHEMA_TOO_NEW, and loses nothing", async () => {
    const fs = await loadFixture(layout);
    const [older, reader] = [await openOlder(fs), await openOlder(fs, { mode: "read", processes: createProcesses(3) })];
    await older.batch([insertDocument("durable")]);
    await older.batch([insertDocument("visible")], { durable: false });
    const rows = await rowsOf(older);
    const catalog = await openNow(fs, layout);
    for (const engine of [older, reader]) {
      await expect(engine.query({ sql: TABLES.documents }, FRESH)).rejects.toMatchObject(TOO_NEW);
    }
    await expect(older.batch([insertDocument("late")])).rejects.toMatchObject(TOO_NEW);
    await expect(older.checkpoint()).rejects.toMatchObject(TOO_NEW);
    await addTo(catalog);
    await expect(older.batch([insertDocument("later")])).rejects.toMatchObject(TOO_NEW);
    await Promise.allSettled([older.close(), reader.close()]);
    expect(await catalog.stats()).toMatchObject({ documents: 21 });
    await catalog.close();
    expect(lookInto(await fs.readFile(KEPT))).toEqual({ integrity: "ok", version: 1, rows });
    const now = idsIn(lookInto(await fs.readFile(CATALOG_PATH)).rows);
    expect(now).toEqual(expect.arrayContaining(["durable", "visible", "new"]));
    expect(now).not.toContain("late");
  });

  it("is migrated while that process writes: each batch is there, or was refused", async () => {
    const fs = await loadFixture(layout);
    const older = await openOlder(fs, { busyTimeoutMs: 20_000 });
    const acknowledged: string[] = [];
    const opening = openNow(fs, layout, { catalog: { busyTimeout: 20_000 } });
    for (let batch = 0; batch < 200; batch++) {
      const id = `batch-${batch}`;
      try {
        await older.batch([insertDocument(id)], { durable: batch % 2 === 0 });
        acknowledged.push(id);
      } catch (error) {
        if (!isCatalogError(error, "SCHEMA_TOO_NEW")) throw error;
        break;
      }
    }
    const catalog = await opening;
    await expect(older.batch([insertDocument("late")])).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
    await Promise.allSettled([older.close()]);
    await catalog.close();
    const ids = idsIn(await readNow(fs)).filter((id) => /^batch-|^late/.test(String(id)));
    expect(ids).toEqual(acknowledged);
  });
});
