import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AUDIT_KINDS } from "../../../src/catalog/audit/audit-finding.ts";
import type { AuditProgress } from "../../../src/catalog/audit/audit-options.ts";
import { OTHER_TABLES } from "../../../src/catalog/audit/rows/audit-statements.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { parseBlobKey } from "../../../src/core/naming/blob-key.ts";
import type { Layout } from "../../../src/core/naming/layout.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import { CollectWorld, collect, type OWNERS, pathOf, ROOT } from "../collect/_collect-world.ts";
import { openEngine, openWorld } from "../ingest/_ingest-world.ts";
import { auditAll, edit, rewrite } from "./_audit-world.ts";

const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

let world: CollectWorld;
let catalog: Catalog;

async function begin(layout: Layout = "policy_path"): Promise<void> {
  world = new CollectWorld({ layout });
  catalog = await world.open();
}

/** Closes the catalog, lets another tool change it, and opens it again. */
async function planted(sql: string): Promise<void> {
  await world.close();
  await edit(world, sql);
  catalog = await world.open();
}

async function lines(of: Catalog = catalog): Promise<readonly string[]> {
  return [...(await auditAll(of)).lines].sort();
}

async function stage(owner: keyof typeof OWNERS, text: string): Promise<string> {
  const writer = await (await world.storeOf(owner)).stage();
  await writer.write(new TextEncoder().encode(text));
  return (await writer.finish()).name;
}

async function take(store: BlobStore, path: string): Promise<TakenBlob> {
  const key = parseBlobKey(path.slice(ROOT.length + 1));
  const found = await store.stat(key);
  const taken = found && (await store.take(key, { found, run: store.newRun(), keepName: !key.startsWith("cas/") }));
  if (taken === undefined) throw new TypeError(`${path} was not there`);
  return taken;
}

beforeEach(() => begin());

afterEach(() => world.close());

describe.each<Layout>(["policy_path", "cas"])("with the layout %s", (layout) => {
  const short = (path: string): string => path.slice(ROOT.length + 1);

  beforeEach(async () => {
    await world.close();
    await begin(layout);
  });

  it("finds nothing where nothing is wrong, and changes nothing", async () => {
    expect((await auditAll(catalog)).lines).toEqual([]);
    const [record] = [await world.ingest(catalog, "one"), await world.ingest(catalog, "")];
    await catalog.addVariant(record.id, { variant: "same", storageUri: record.storageUri, bytes: 3 });
    await world.write("/elsewhere/a b.txt", "outside");
    const outside = { artifactId: "o", sourceUrl: "https://example.org/o", resolver: "test" };
    await catalog.registerOrGet({ ...outside, bytes: 7, storageUri: "file:///elsewhere/a%20b.txt" });
    await catalog.registerOrGet({ ...outside, resolver: "s3", bytes: 7, storageUri: "s3://papers/a.pdf" });
    await planted("UPDATE variants SET bytes = NULL");
    const before = await world.snapshot();
    const { lines: found, summary } = await auditAll(catalog);
    expect(found).toEqual([]);
    expect(summary).toMatchObject({ findings: 0, files: { files: 2, bytes: 3 }, elsewhere: 1, givenBack: 0 });
    expect(summary).toMatchObject({ steady: true, untold: [] });
    expect(Object.keys(summary.byKind)).toEqual([...AUDIT_KINDS]);
    expect(await world.snapshot()).toEqual(before);
    await world.close();
    expect((await auditAll(await world.open("a", "read"))).lines).toEqual([]);
  });

  it("finds files that are gone, are something else, or have another size, by each row that names them", async () => {
    const [gone, folder, longer] = [
      await world.ingest(catalog, "gone"),
      await world.ingest(catalog, "folder"),
      await world.ingest(catalog, "longer"),
    ];
    await world.ingest(catalog, "fine");
    const variant = await catalog.addVariant(gone.id, { variant: "v", storageUri: gone.storageUri, bytes: 4 });
    await world.fs.unlink(pathOf(gone));
    await world.fs.unlink(pathOf(folder));
    await world.fs.makeDirectory(pathOf(folder));
    await rewrite(world, pathOf(longer), "longer now");
    const { lines: found, summary, findings } = await auditAll(catalog);
    expect([...found].sort()).toEqual(
      [
        `missing gone ${short(pathOf(gone))} documents ${gone.id}`,
        `missing gone ${short(pathOf(gone))} variants ${variant.record.id}`,
        `missing other_kind ${short(pathOf(folder))} documents ${folder.id}`,
        `size_mismatch size ${short(pathOf(longer))} documents ${longer.id}`,
      ].sort(),
    );
    expect(findings.find(({ kind }) => kind === "size_mismatch")).toMatchObject({ bytes: 10, expectedBytes: 6 });
    expect(summary.byKind.missing).toEqual({ files: 3, bytes: 14 });
    expect(summary.byKind.size_mismatch).toEqual({ files: 1, bytes: 10 });
  });

  it("finds the row that disagrees with the file, and not the one that does not", async () => {
    const record = await world.ingest(catalog, "bytes");
    const { record: wrong } = await catalog.addVariant(record.id, {
      variant: "wrong",
      storageUri: record.storageUri,
      bytes: 6,
    });
    expect(await lines()).toEqual([`size_mismatch size ${short(pathOf(record))} variants ${wrong.id}`]);
  });

  it("finds what nothing refers to, and tells ours from what is unknown, as gc does", async () => {
    await world.ingest(catalog, "kept");
    const orphan = await world.orphan(catalog, "gone");
    await world.write(`${ROOT}/notes/mine.txt`, "mine");
    expect(await lines()).toEqual([`orphan unreferenced ${short(pathOf(orphan))}`, "unknown unclaimed notes/mine.txt"]);
    expect(await world.query("SELECT * FROM orphans").catch(() => [])).toEqual([]);
    await collect(catalog, { orphanTtlDays: 0 });
    expect(await lines()).toEqual(["unknown unclaimed notes/mine.txt"]);
  });

  it("asks all catalogs of the root what they refer to, and looks at the rows of one", async () => {
    const other = await world.open("b");
    const [ours, theirs] = [await world.ingest(catalog, "ours"), await world.ingest(other, "theirs")];
    await world.ingest(catalog, "both", "x");
    await world.ingest(other, "both", "y");
    expect(await lines()).toEqual([]);
    expect(await lines(other)).toEqual([]);
    await world.fs.unlink(pathOf(theirs));
    expect(await lines()).toEqual([]);
    expect(await lines(other)).toEqual([`missing gone ${short(pathOf(theirs))} documents ${theirs.id}`]);
    const orphan = await world.orphan(other, "of the other");
    expect(await lines()).toEqual([`orphan unreferenced ${short(pathOf(orphan))}`]);
    expect(await lines(other)).toHaveLength(2);
    expect(await world.read(pathOf(ours))).toBe("ours");
  });

  it("gives back what a collector took that is gone, first of all", async () => {
    const record = await world.ingest(catalog, "needed");
    await take(await world.storeOf("dead"), pathOf(record));
    const { lines: found, summary } = await auditAll(catalog);
    expect(found).toEqual([]);
    expect(summary.givenBack).toBe(1);
    expect(await world.read(pathOf(record))).toBe("needed");
  });

  it("says what was left where nothing may be written, and does not call it missing", async () => {
    const record = await world.ingest(catalog, "needed");
    await take(await world.storeOf("dead"), pathOf(record));
    await world.close();
    const reader = await world.open("a", "read");
    const { lines: found, summary } = await auditAll(reader);
    expect(found).toEqual([`leftover dead_run ${short(pathOf(record))}`]);
    expect(summary).toMatchObject({ givenBack: 0, byKind: { leftover: { files: 1, bytes: 6 } } });
  });

  it("misses nothing that a collector which lives has taken", async () => {
    const record = await world.ingest(catalog, "needed");
    await take(await world.storeOf("alive"), pathOf(record));
    expect(await lines()).toEqual([]);
  });

  it("finds what lies in quarantine, and why", async () => {
    const record = await world.ingest(catalog, "good bytes");
    const store = await world.storeOf("alive");
    await rewrite(world, pathOf(record), "bad bytes!");
    await world.ingest(catalog, "good bytes");
    const aside = await lines();
    const inQuarantine = aside.filter((line) => line.startsWith("quarantined"));
    if (layout === "cas")
      expect(inQuarantine).toEqual([expect.stringMatching(/^quarantined hash_mismatch \.quarantine\//)]);
    for await (const page of store.listQuarantined()) {
      for (const { at } of page) await world.fs.unlink(`${ROOT}/${at.replace(/[^/]*$/, "evidence.json")}`);
    }
    if (layout === "cas")
      expect(await lines()).toEqual([expect.stringMatching(/^quarantined no_evidence \.quarantine\//)]);
  });
});

describe("rows", () => {
  it("are told that have a time, a hash, a URI or another value that cannot be", async () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) await world.ingest(catalog, "same", name);
    const { storageUri } = await world.ingest(catalog, "fine", "g");
    const { record } = await catalog.addVariant(7, { variant: "v", storageUri, bytes: 4 });
    await planted(`
      UPDATE documents SET created_at = '2026-02-30T00:00:00.000Z' WHERE id = 1;
      UPDATE documents SET updated_at = 'yesterday' WHERE id = 2;
      UPDATE documents SET sha256 = '${"G".repeat(64)}' WHERE id = 3;
      UPDATE documents SET artifact_id = x'00' WHERE id = 4;
      UPDATE documents SET storage_uri = replace(storage_uri, 'file:///data', 'file:///data/./x/..') WHERE id = 5;
      UPDATE documents SET created_at = '2028-02-29T00:00:00.000Z', updated_at = '2026-01-31T00:00:00.000Z' WHERE id = 6;
      UPDATE variants SET created_at = '2026-04-31T00:00:00.000Z' WHERE id = ${record.id};
    `);
    const { findings } = await auditAll(catalog);
    expect(
      findings.filter(({ kind }) => kind !== "database").map(({ reason, row }) => [reason, row?.table, row?.id]),
    ).toEqual([
      ["time", "documents", 1],
      ["time", "documents", 2],
      ["hash", "documents", 3],
      ["value", "documents", 4],
      ["uri", "documents", 5],
      ["time", "variants", record.id],
    ]);
    const [first, , , , fifth] = findings.filter(({ kind }) => kind === "bad_row");
    expect(first?.message).toBe('document 1: its created_at is "2026-02-30T00:00:00.000Z"');
    expect(fifth?.message).toMatch(/^document 5: its storage_uri is "file:.*", and is to be "file:\/\/\/data\/docs\//);
  });

  it("are told whose URI is no text at all, and their files are not looked for", async () => {
    await world.ingest(catalog, "one");
    await planted("UPDATE documents SET storage_uri = x'ff'");
    const { lines: found } = await auditAll(catalog);
    expect(found.filter((line) => line.startsWith("bad_row"))).toEqual(["bad_row uri documents 1"]);
    expect(found.filter((line) => line.startsWith("missing"))).toEqual([]);
  });

  it("outside of the root are looked at where they lie", async () => {
    const key = { sourceUrl: "https://example.org/o", resolver: "test", bytes: 7 };
    for (const name of ["gone", "folder", "longer", "fine"]) {
      await catalog.registerOrGet({ ...key, artifactId: name, storageUri: `file:///elsewhere/${name}` });
    }
    await world.write("/elsewhere/folder/x", "");
    await world.write("/elsewhere/longer", "longer now");
    await world.write("/elsewhere/fine", "7 bytes");
    expect(await lines()).toEqual([
      "missing gone /elsewhere/gone documents 1",
      "missing other_kind /elsewhere/folder documents 2",
      "size_mismatch size /elsewhere/longer documents 3",
    ]);
  });

  it("of variants are told whose document is not there", async () => {
    const { storageUri } = await world.ingest(catalog, "one");
    await planted(`
      PRAGMA foreign_keys = OFF;
      INSERT INTO variants (id, document_id, variant, storage_uri, bytes, created_at)
      VALUES (1, 99, 'v', '${storageUri}', 3, '2026-01-01T00:00:00.000Z')`);
    const { lines: found, findings } = await auditAll(catalog);
    expect(found).toEqual([expect.stringMatching(/^dangling_variant no_document .* variants 1$/)]);
    expect(findings[0]?.message).toBe("variant 1 is one of document 99, which is not there");
  });

  it("are told that were bad when they were last verified", async () => {
    const { storageUri } = await world.ingest(catalog, "one");
    const values = (at: number, result: string, since: string | null): string =>
      `('${storageUri}${at === 0 ? "" : at}', '${result}', 'full', NULL, 3, '2026-01-01T00:00:00.000Z', ${since === null ? "NULL" : `'${since}'`})`;
    await planted(`
      INSERT INTO verifications (uri, result, strength, sha256, bytes, checked_at, bad_since) VALUES
      ${values(0, "mismatch", "2026-01-02T00:00:00.000Z")}, ${values(1, "ok", null)},
      ${values(2, "missing", "2026-01-01T00:00:00.000Z")}`);
    const { lines: found, findings } = await auditAll(catalog);
    expect(found).toEqual([
      expect.stringMatching(/^known_bad missing .*2$/),
      expect.stringMatching(/^known_bad mismatch .*txt$/),
    ]);
    expect(findings[1]?.message).toMatch(/is known to be bad \(mismatch\) since 2026-01-02T00:00:00\.000Z$/);
  });
});

describe("thousands", () => {
  const many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)";

  it("of variants without a document are all told, whatever they have", async () => {
    await planted(`PRAGMA foreign_keys = OFF; ${many}
      INSERT INTO variants (document_id, variant, storage_uri, created_at)
      SELECT 99, 'v' || i, CASE WHEN i = 1 THEN x'ff' ELSE 's3://papers/v' END, '2026-01-01T00:00:00.000Z' FROM n`);
    const { findings } = await auditAll(catalog);
    const dangling = findings.filter(({ kind }) => kind === "dangling_variant");
    expect(new Set(dangling.map(({ row }) => row?.id)).size).toBe(1001);
    expect([dangling[0]?.uri, dangling[1]?.uri, dangling[1]?.expectedBytes]).toEqual([null, "s3://papers/v", null]);
  });

  it("of blobs that are known to be bad are all told", async () => {
    await planted(`${many}
      INSERT INTO verifications (uri, result, strength, checked_at, bad_since)
      SELECT 's3://papers/' || i, CASE WHEN i = 1 THEN 'odd' ELSE 'missing' END, 'none', '2026-01-01T00:00:00.000Z',
        '2026-01-01T00:00:00.000Z' FROM n`);
    const { findings } = await auditAll(catalog);
    const bad = findings.filter(({ kind }) => kind === "known_bad");
    expect(new Set(bad.map(({ uri }) => uri)).size).toBe(1001);
    expect([bad[0]?.reason, bad[1]?.reason, bad[1]?.bytes]).toEqual(["unreadable", "missing", null]);
  });
});

describe("what was left", () => {
  it("is told: staged by the dead, in the trash for too long, displaced, or unlisted", async () => {
    await world.ingest(catalog, "kept");
    const expired = await world.orphan(catalog, "expired");
    await collect(catalog, { orphanTtlDays: 0, trash: true });
    expect(await lines()).toEqual([]);
    const [dead] = [await stage("dead", "left"), await stage("alive", "on its way")];
    const needed = await world.ingest(catalog, "needed");
    await take(await world.storeOf("dead"), pathOf(needed));
    await world.fs.unlink(pathOf(needed));
    await world.write(pathOf(needed), "others");
    const store = await world.storeOf("dead");
    const strange = await world.orphan(catalog, "strange");
    await store.keepTaken(await take(store, pathOf(strange)));
    world.wait(31);
    const found = await lines();
    expect(found).toEqual([
      expect.stringMatching(/^leftover displaced .*n3\.txt$/),
      `leftover staged .staging/${dead}`,
      expect.stringMatching(/^leftover trash_expired \.trash\/kept-.*n2\.txt$/),
      expect.stringMatching(/^leftover unlisted .*n4\.txt$/),
    ]);
    expect(pathOf(expired)).toContain("n2");
  });

  it("is told where it is beside the catalog", async () => {
    await world.ingest(catalog, "kept");
    const folder = `/state/a.sqlite.${"0".repeat(32)}.d`;
    await world.fs.makeDirectory(folder);
    expect(await lines()).toEqual([`leftover catalog_file ${folder}`]);
  });
});

it("tells orphans that never came to a row", async () => {
  const record = await world.orphan(catalog, "abandoned");
  const identity = (await world.fs.stat(pathOf(record)))?.identity ?? "";
  await world.close();
  await world.change([
    {
      sql: `INSERT INTO removals (uri, bytes, removed_at, verb, origin, identity)
        VALUES (?, 9, '2026-01-01T00:00:00.000Z', 'abandon', 'placed', ?)`,
      parameters: [record.storageUri, identity],
    },
  ]);
  catalog = await world.open();
  const { lines: found, findings } = await auditAll(catalog);
  expect(found).toEqual([expect.stringMatching(/^orphan abandoned /)]);
  expect(findings[0]?.message).toMatch(/ was stored and never registered$/);
});

describe("markers", () => {
  const MARKERS = `${ROOT}/.content-catalog`;

  async function markers(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const page of world.fs.list(MARKERS)) names.push(...page.map(({ name }) => `${MARKERS}/${name}`));
    return names;
  }

  async function change(fields: Readonly<Record<string, unknown>>): Promise<void> {
    const [path = ""] = await markers();
    const marker = JSON.parse((await world.read(path)) ?? "{}");
    await rewrite(world, path, `${JSON.stringify({ ...marker, ...fields })}\n`);
  }

  beforeEach(async () => {
    await world.ingest(catalog, "one");
    await world.close();
    catalog = await world.open("a", "read");
  });

  it("are told that are missing or damaged", async () => {
    const [path = ""] = await markers();
    await rewrite(world, path, "torn");
    expect(await lines()).toEqual(["marker damaged"]);
    await world.fs.unlink(path);
    expect(await lines()).toEqual(["marker none"]);
  });

  it("are told to name another place, unless that is the same file", async () => {
    await change({ path: "/state/elsewhere.sqlite" });
    expect(await lines()).toEqual(["marker stale_path /state/elsewhere.sqlite"]);
    await world.fs.link("/state/a.sqlite", "/state/elsewhere.sqlite");
    expect(await lines()).toEqual([]);
  });

  it("are told to have seen more of the catalog than there is", async () => {
    await change({ sequence: 1000 });
    const { lines: found, findings } = await auditAll(catalog);
    expect(found).toEqual(["marker older_catalog"]);
    expect(findings[0]?.message).toMatch(/it has \d+ of 1000 commits$/);
    await world.close();
    // Who writes keeps that in mind.
    catalog = await world.open();
    const { findings: later } = await auditAll(catalog);
    expect(later[0]?.message).toMatch(/it came back with fewer than 1000 commits$/);
  });

  it("are told of a catalog that cannot be asked, and then nobody knows what is an orphan", async () => {
    await world.close();
    const other = await world.open("b");
    await world.ingest(other, "theirs");
    await world.close();
    await world.fs.unlink("/state/b.sqlite");
    catalog = await world.open();
    await world.orphan(catalog, "ours");
    await world.write(`${ROOT}/mine.txt`, "mine");
    const { lines: found, summary } = await auditAll(catalog);
    expect(found).toEqual(["marker unreadable_catalog /state/b.sqlite"]);
    expect(summary.untold).toEqual(["orphan", "unknown"]);
  });
});

describe("an audit", () => {
  it("hashes all rows: the same for a copy, another for any change", async () => {
    await world.ingest(catalog, "one");
    await world.ingest(catalog, "two");
    const { summary } = await auditAll(catalog);
    const [documents, variants] = summary.tables;
    expect(documents).toMatchObject({ table: "documents", rows: 2 });
    expect(variants).toEqual({ table: "variants", rows: 0, sha256: SHA256 });
    await world.close();
    await rewrite(world, "/state/copy.sqlite", await world.fs.readFile("/state/a.sqlite"));
    const copy = await world.open("copy", "read");
    expect((await auditAll(copy)).summary).toMatchObject({ tables: summary.tables, sha256: summary.sha256 });
    await world.close();
    await edit(world, "UPDATE documents SET run_id = 'x' WHERE id = 2", "copy");
    const changed = (await auditAll(await world.open("copy", "read"))).summary;
    expect(changed.sha256).not.toBe(summary.sha256);
    expect(changed.tables.slice(1)).toEqual(summary.tables.slice(1));
  });

  it("knows every table and column of the schema", async () => {
    const { summary } = await auditAll(catalog);
    await world.close();
    const tables = await world.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'meta' ORDER BY name",
    );
    expect(summary.tables.map(({ table }) => table).sort()).toEqual(tables.map(([name]) => name));
    for (const { name, columns } of OTHER_TABLES) {
      const found = await world.query(`SELECT name FROM pragma_table_info('${name}') ORDER BY cid`);
      expect([name, columns]).toEqual([name, found.map(([column]) => column)]);
    }
  });

  it("reads tables of many rows to their end, each row once", async () => {
    await planted(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)
      INSERT INTO sources (path, document_id) SELECT '/p' || (i / 3), i FROM n`);
    const { summary } = await auditAll(catalog);
    expect(summary.tables.find(({ table }) => table === "sources")?.rows).toBe(10_001);
    await planted("UPDATE sources SET variant = 'x' WHERE document_id = 10001");
    expect((await auditAll(catalog)).summary.sha256).not.toBe(summary.sha256);
  });

  it("needs a store", async () => {
    const storeless = await openCatalog({ ...(await openWorld()).context, store: undefined, sql: await openEngine() });
    await expect(auditAll(storeless)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await storeless.close();
  });

  it("tells how far it is, and that others wrote meanwhile", async () => {
    await world.ingest(catalog, "one");
    const progress: AuditProgress[] = [];
    const writing: Promise<unknown>[] = [];
    const { summary } = await auditAll(catalog, {
      onProgress: (each) => {
        progress.push(each);
        if (each.phase === "rows") writing.push(world.ingest(catalog, "two"));
      },
    });
    await Promise.all(writing);
    expect(progress.map(({ phase }) => phase)).toEqual(["database", "rows", "files"]);
    expect(summary.findings).toBe(0);
    expect(progress.at(-1)?.done).toBeGreaterThanOrEqual(1);
  });

  it("ends when it is aborted, or left, and tells no summary then", async () => {
    await world.ingest(catalog, "one");
    await world.fs.unlink(pathOf(await catalog.getById(1)));
    const controller = new AbortController();
    const onSummary = (): never => {
      throw new TypeError("told a summary");
    };
    controller.abort("enough");
    await expect(auditAll(catalog, { signal: controller.signal })).rejects.toBe("enough");
    for await (const finding of catalog.audit({ onSummary })) {
      expect(finding.kind).toBe("missing");
      break;
    }
  });
});
