import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createWasmHasher } from "../../../src/adapters/hash/wasm.ts";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog as openWithoutHost } from "../../../src/catalog/open.ts";
import type { PlaceExplanation } from "../../../src/catalog/why/explanation.ts";
import type { WhyOptions } from "../../../src/catalog/why/why.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { findBlobKey } from "../../../src/core/naming/blob-key.ts";
import { CatalogError } from "../../../src/errors.ts";
import { noProcesses } from "../../../src/hosts/engine/no-processes.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import type { BlobStore, TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlValue } from "../../../src/ports/sql.ts";
import { openEngine } from "../ingest/_ingest-world.ts";
import { SharedRoot } from "../root/_shared-root.ts";

const DAY_MS = 86_400_000;

let shared: SharedRoot;
let catalog: Catalog;

beforeEach(async () => {
  shared = new SharedRoot();
  catalog = await shared.open("a.sqlite");
});

afterEach(async () => {
  await catalog.close();
  await shared.remove();
});

async function ingest(text: string, artifactId = "a", into: Catalog = catalog): Promise<DocumentRecord> {
  const meta = { artifactId, sourceUrl: `https://example.org/${artifactId}`, resolver: "r", basename: "x.txt" };
  return (await into.ingest(new TextEncoder().encode(text), meta)).record;
}

async function run(sql: string, ...parameters: SqlValue[]): Promise<void> {
  const engine = await shared.engine(shared.pathOf("a.sqlite"));
  await engine.batch([{ sql, parameters }]);
  await engine.close();
}

/** The only place of an explanation, asked in another process that only reads. */
async function placeOf(target: string, options: WhyOptions = {}): Promise<PlaceExplanation> {
  const { places } = await explain(target, options);
  expect(places).toHaveLength(1);
  return places[0] as PlaceExplanation;
}

async function explain(target: string, options: WhyOptions = {}): Promise<Awaited<ReturnType<Catalog["why"]>>> {
  const settings = { catalog: { path: shared.pathOf("a.sqlite") }, storage: { rootDir: shared.root } };
  const reading = await openCatalog({ ...settings, mode: "read" });
  try {
    return await reading.why(target, options);
  } finally {
    await reading.close();
  }
}

function openStore(): Promise<BlobStore> {
  return openFileBlobStore({ fs: shared.fs, entropy: webCryptoEntropy, rootDir: shared.root });
}

async function openWithoutStore(fs: FileSystem): Promise<Catalog> {
  const sql = await openEngine(fs, "/catalog.sqlite");
  return await openWithoutHost({
    ...{ sql, fs, entropy: webCryptoEntropy, processes: noProcesses, clock: systemClock },
    ...{ logger: { log: () => {} }, telemetry: noTelemetry, hashers: { core: createWasmHasher() } },
  });
}

/** Takes the blob of a document as a run of a collector does that nobody can tell anything about. */
async function take({ storageUri }: DocumentRecord): Promise<{ readonly store: BlobStore; readonly taken: TakenBlob }> {
  const store = await openStore();
  const key = store.findKey(storageUri);
  const found = key && (await store.stat(key));
  const taken = found && (await store.take(key, { found, run: store.newRun(), keepName: true }));
  if (taken === undefined) throw new Error("nothing was taken");
  return { store, taken };
}

describe("what was verified of bytes", () => {
  const NOW = "2026-01-01T00:00:00.000Z";
  const EARLIER = "2025-12-01T00:00:00.000Z";

  it("is told with its strength, and each time that they were found bad", async () => {
    const { id, storageUri } = await ingest("the bytes");
    expect(await placeOf(String(id))).toMatchObject({ verified: null, incidents: [] });
    await run(
      "INSERT INTO verifications (uri, result, strength, checked_at) VALUES (?, 'ok', 'full', ?)",
      ...[storageUri, NOW],
    );
    await run(
      `INSERT INTO incidents (uri, result, reason, found_at, resolved_at, resolution)
       VALUES (?, 'missing', 'gone', ?, ?, 'repaired'), (?, 'missing', 'gone', ?, ?, 'verified'),
         (?, 'missing', 'gone', 'then', ?, 'verified')`,
      ...[storageUri, EARLIER, NOW, storageUri, EARLIER, NOW, storageUri, NOW],
    );
    expect(await placeOf(String(id))).toMatchObject({
      verified: { uri: storageUri, result: "ok", strength: "full", checkedAt: NOW, okAt: NOW, badSince: null },
      incidents: [
        { id: 1, result: "missing", reason: "gone", foundAt: EARLIER, resolution: "repaired" },
        { id: 2, resolution: "verified" },
      ],
    });
  });

  it("is what was found last, by whatever text rows name the place", async () => {
    const { id, storageUri } = await ingest("the bytes");
    const older = storageUri.replace("file://", "file://localhost");
    const other = await ingest("other bytes", "b");
    await run("UPDATE documents SET storage_uri = ? WHERE id = ?", older, other.id);
    for (const [uri, result, at] of [
      [storageUri, "ok", EARLIER],
      [older, "unchecked", NOW],
    ] as const) {
      await run(
        "INSERT INTO verifications (uri, result, strength, checked_at) VALUES (?, ?, 'size', ?)",
        uri,
        result,
        at,
      );
    }
    expect((await placeOf(String(id))).verified).toMatchObject({ result: "unchecked", checkedAt: NOW });
    await run("UPDATE verifications SET checked_at = ? WHERE result = 'unchecked'", "2025-01-01T00:00:00.000Z");
    expect((await placeOf(String(id))).verified).toMatchObject({ result: "ok", checkedAt: EARLIER });
  });

  it("makes a place known that nothing names any more", async () => {
    const { id, storageUri } = await ingest("the bytes");
    await catalog.remove([id]);
    await run("DELETE FROM removals");
    await run(
      "INSERT INTO incidents (uri, result, reason, found_at) VALUES (?, 'missing', 'gone', ?)",
      storageUri,
      NOW,
    );
    rmSync(new URL(storageUri));
    expect(await explain(storageUri)).toMatchObject({ isKnown: true, places: [{ incidents: [{ reason: "gone" }] }] });
  });
});

describe("what keeps bytes", () => {
  it("is told by each row and variant, whatever the word is", async () => {
    const record = await ingest("the bytes");
    const { storageUri, bytes, sha256 } = record;
    const other = await ingest("other bytes", "b");
    await catalog.addVariant(other.id, { variant: "copy", storageUri, bytes, sha256 });
    for (const target of [String(record.id), "a", storageUri, String(sha256), new URL(storageUri).pathname]) {
      const explanation = await explain(target);
      expect(explanation).toMatchObject({
        isKnown: true,
        documents: [{ id: record.id }],
        removals: [],
        unreadable: [],
      });
      expect(explanation.places).toMatchObject([
        {
          uri: storageUri,
          path: new URL(storageUri).pathname,
          bytesAt: "stored",
          bytes: 9,
          documents: [{ id: record.id }],
          variants: [{ variant: "copy", documentId: other.id }],
          leases: [],
          keptBy: [],
          trash: [],
          orphan: null,
        },
      ]);
    }
    expect((await explain("b")).places.map((place) => place.uri).sort()).toEqual([storageUri, other.storageUri].sort());
  });

  it("is told of other catalogs of the root, and of those that cannot be asked", async () => {
    const record = await ingest("the bytes");
    await shared.within("b.sqlite", async (other) => {
      await other.registerOrGet({
        artifactId: "theirs",
        sourceUrl: "u",
        resolver: "r",
        bytes: 9,
        storageUri: record.storageUri,
      });
    });
    const { id } = shared.markerOf("b.sqlite");
    await catalog.remove([record.id]);
    const path = shared.pathOf("b.sqlite");
    expect(await placeOf("a")).toMatchObject({
      documents: [],
      keptBy: [{ catalogId: id, catalogPath: path, documents: 1, variants: 0 }],
      orphan: null,
    });
    rmSync(path);
    const { unreadable, places } = await explain("a");
    expect(unreadable).toMatchObject([{ catalogId: id, catalogPath: path, reason: expect.any(String) }]);
    expect(places).toMatchObject([{ keptBy: [], orphan: { isOurs: true } }]);
  });

  it("is told of claims, and of those who hold them", async () => {
    const { storageUri, sha256, id } = await ingest("the bytes");
    await catalog.remove([id]);
    const insert = `INSERT INTO leases (id, uri, origin, sha256, bytes, holder, taken_at, expires_at)
      VALUES (?, ?, 'placed', ?, 9, ?, ?, ?)`;
    const [from, to] = ["2026-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"];
    const holder = { host: hostname(), boot_id: null, pid: 7, started_at: "0" };
    await run(insert, "1", storageUri, sha256, JSON.stringify(holder), from, to);
    await run(insert, "2", storageUri, sha256, "nobody", "today", to);
    const about = { catalogId: null, origin: "placed", expiresAt: to };
    expect(await placeOf(String(sha256).slice(0, 10))).toMatchObject({
      leases: [
        { ...about, holder: { host: hostname(), pid: 7 }, takenAt: from },
        { ...about, holder: null, holderIsAlive: null, takenAt: "" },
      ],
      orphan: null,
    });
  });
});

describe("what becomes of bytes that nothing refers to", () => {
  it("is told by when their last reference went", async () => {
    const { id, storageUri } = await ingest("the bytes");
    const [{ operationId } = { operationId: "" }] = await catalog.remove([id], { reason: "withdrawn" });
    const { removals, places } = await explain(String(id));
    expect(removals).toMatchObject([
      { verb: "remove", plan: operationId, reason: "withdrawn", place: storageUri, record: { id }, catalogId: null },
    ]);
    const [{ removedAt: since } = { removedAt: "" }] = removals;
    const ripeAt = new Date(Date.parse(since) + 7 * DAY_MS).toISOString();
    expect(places).toMatchObject([{ bytesAt: "stored", orphan: { isOurs: true, since, ripeAt } }]);
    expect(await placeOf(String(id), { orphanTtlDays: 0 })).toMatchObject({ orphan: { ripeAt: since } });
  });

  it("is told by when a collector saw them, unless they were changed since, or a row came and went", async () => {
    const { id, storageUri } = await ingest("the bytes");
    await catalog.remove([id]);
    const file = new URL(storageUri).pathname;
    utimesSync(file, 1_000_000, 1_000_000);
    const mark = "INSERT INTO orphans (uri, bytes, modified_us, since) VALUES (?, ?, ?, ?)";
    const later = "2099-01-01T00:00:00.000Z";
    await run(mark, storageUri, 9, 1_000_000_000_000, later);
    expect(await placeOf("a")).toMatchObject({ orphan: { since: later, ripeAt: "2099-01-08T00:00:00.000Z" } });
    await run("UPDATE orphans SET since = '2000-01-01T00:00:00.000Z'");
    const [{ removedAt } = { removedAt: "" }] = (await explain("a")).removals;
    expect(await placeOf("a")).toMatchObject({ orphan: { since: removedAt } });
    utimesSync(file, 1_000_001, 1_000_001);
    expect(await placeOf("a")).toMatchObject({ orphan: { isOurs: true, since: null, ripeAt: null } });
  });

  it("is that they stay where nobody can show that they are ours", async () => {
    await ingest("the bytes");
    const path = `${shared.root}/theirs.txt`;
    writeFileSync(path, "their bytes");
    const unknown = await explain("theirs.txt", { workingDirectory: shared.root });
    expect(unknown).toMatchObject({ isKnown: false, documents: [], removals: [] });
    expect(unknown.places).toMatchObject([{ path, bytes: 11, orphan: { isOurs: false, since: null, ripeAt: null } }]);
    const { record } = await catalog.registerOrGet({
      ...{ artifactId: "t", sourceUrl: "t", resolver: "r" },
      ...{ bytes: 11, storageUri: `file://${path}` },
    });
    await catalog.remove([record.id]);
    expect(await explain("t")).toMatchObject({ isKnown: true, places: [{ orphan: { isOurs: false, ripeAt: null } }] });
  });
});

describe("where bytes are", () => {
  it("is told of what is missing, lies elsewhere, or where nobody can look", async () => {
    const { storageUri } = await ingest("the bytes");
    rmSync(new URL(storageUri));
    expect(await placeOf("a")).toMatchObject({ bytesAt: "missing", bytes: null, orphan: null });
    const path = shared.pathOf("elsewhere.txt");
    writeFileSync(path, "x");
    const base = { sourceUrl: "u", resolver: "r", bytes: 1 };
    await catalog.registerMany([
      { ...base, artifactId: "elsewhere", storageUri: `file://${path}` },
      { ...base, artifactId: "nowhere", storageUri: `file://${path}.gone` },
      { ...base, artifactId: "folder", storageUri: `file://${shared.folder}` },
      { ...base, artifactId: "through", storageUri: `file://${path}/x` },
      { ...base, artifactId: "far", storageUri: "s3://bucket/key" },
    ]);
    expect(await placeOf("elsewhere")).toMatchObject({ bytesAt: "elsewhere", bytes: 1, path });
    expect(await placeOf("nowhere")).toMatchObject({ bytesAt: "missing", bytes: null });
    expect(await placeOf("folder")).toMatchObject({ bytesAt: "missing" });
    expect(await placeOf("through")).toMatchObject({ bytesAt: "missing" });
    expect(await placeOf("far")).toMatchObject({ bytesAt: "unknown", path: null });
    await catalog.registerOrGet({ ...base, artifactId: "below", storageUri: `file://${shared.root}` });
    expect(await placeOf("below")).toMatchObject({ bytes: null });
  });

  it("is told as far as anybody may look there, and not guessed where that fails", async () => {
    const errors = new Map<string, Error>([
      ["/x/foreign", new CatalogError("REFUSED", "Cannot look: a link", { details: { guard: "link" } })],
      ["/x/closed", new CatalogError("PERMISSION", "Cannot look: denied", { details: { path: "/x/closed" } })],
      ["/x/odd", new Error("odd")],
      ["/x/broken", new CatalogError("BACKEND", "Cannot look: it is broken", { details: { what: "disk" } })],
    ]);
    const plain = createMemoryFileSystem();
    const stat: FileSystem["stat"] = async (path) => {
      const error = errors.get(path);
      if (error !== undefined) throw error;
      return await plain.stat(path);
    };
    const without = await openWithoutStore(Object.assign(createMemoryFileSystem(), { stat }));
    const base = { sourceUrl: "u", resolver: "r", bytes: 1 };
    await without.registerMany(
      [...errors.keys()].map((path) => ({ ...base, artifactId: path, storageUri: `file://${path}` })),
    );
    expect(await without.why("/x/foreign")).toMatchObject({ places: [{ bytesAt: "missing", bytes: null }] });
    expect(await without.why("/x/closed")).toMatchObject({ places: [{ bytesAt: "unknown", bytes: null }] });
    expect(await without.why("/x/odd")).toMatchObject({ places: [{ bytesAt: "unknown", bytes: null }] });
    await expect(without.why("/x/broken")).rejects.toBe(errors.get("/x/broken"));
    await without.close();
  });

  it("is told of what lies in the trash, and until when", async () => {
    const record = await ingest("the bytes");
    const { store, taken } = await take(record);
    const { run: name } = taken;
    const about = { run: name, bytes: 9, sha256: null, trashedAt: null, expiresAt: null, plan: null };
    expect(await placeOf("a")).toMatchObject({ bytesAt: "held", bytes: null, trash: [{ ...about, kind: "held" }] });
    await store.keepTaken(taken);
    expect(await placeOf("a")).toMatchObject({ bytesAt: "missing", trash: [{ ...about, kind: "unlisted" }] });
    const [trashedAt, expiresAt] = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"];
    const insert = `INSERT INTO trash (run, uri, kind, sha256, bytes, trashed_at, expires_at, plan)
      VALUES (?, ?, ?, ?, 9, ?, ?, 'op')`;
    await run(insert, name, record.storageUri, "trash", record.sha256, trashedAt, expiresAt);
    const line = { run: name, sha256: record.sha256, trashedAt, expiresAt, plan: "op" };
    expect(await placeOf("a")).toMatchObject({ trash: [{ ...line, kind: "trash" }] });
    await run("UPDATE trash SET kind = 'displaced', expires_at = NULL");
    expect(await placeOf("a")).toMatchObject({ trash: [{ ...line, kind: "displaced", expiresAt: null }] });
    await run("DELETE FROM documents WHERE id = ?", record.id);
    const { isKnown, places } = await explain(String(record.sha256).slice(0, 12));
    expect([isKnown, places]).toMatchObject([true, [{ uri: record.storageUri, trash: [{ kind: "displaced" }] }]]);
    expect(findBlobKey(taken.at)).toBe(taken.at);
  });

  it("is told of the trash of another catalog", async () => {
    await ingest("the bytes");
    const theirs = await shared.within("b.sqlite", (other) => ingest("their bytes", "theirs", other));
    const { store, taken } = await take(theirs);
    await store.keepTaken(taken);
    const engine = await shared.engine(shared.pathOf("b.sqlite"));
    const at = "2026-01-01T00:00:00.000Z";
    await engine.batch([
      {
        sql: "INSERT INTO trash (run, uri, kind, bytes, trashed_at, expires_at) VALUES (?, ?, 'trash', 11, ?, ?)",
        parameters: [taken.run, theirs.storageUri, at, at],
      },
      {
        sql: "INSERT INTO removals (uri, removed_at, verb, plan) VALUES (?, ?, 'gc', 'op')",
        parameters: [theirs.storageUri, at],
      },
    ]);
    await engine.close();
    const { places, removals } = await explain(new URL(theirs.storageUri).pathname);
    const { id } = shared.markerOf("b.sqlite");
    expect(places).toMatchObject([{ keptBy: [{ catalogId: id }], trash: [{ kind: "trash", expiresAt: at }] }]);
    expect(removals).toMatchObject([{ verb: "gc", catalogId: id, place: theirs.storageUri, record: null }]);
  });
});

describe("what nobody knows", () => {
  it("is told as such", async () => {
    await ingest("the bytes");
    const nothing = { documents: [], variants: [], places: [], removals: [], isKnown: false };
    expect(await explain("nothing")).toMatchObject(nothing);
    expect(await explain(`${shared.root}/nothing`)).toMatchObject(nothing);
    await expect(explain("")).rejects.toThrow(TypeError);
  });

  it("is asked of a catalog without a store, too", async () => {
    const without = await openWithoutStore(createMemoryFileSystem());
    const base = { sourceUrl: "u", resolver: "r", bytes: 1 };
    const { record } = await without.registerOrGet({ ...base, artifactId: "far", storageUri: "s3://bucket/key" });
    expect(await without.why(String(record.id))).toMatchObject({
      places: [{ bytesAt: "unknown", documents: [record], trash: [] }],
      unreadable: [],
    });
    await without.close();
  });

  it("says nothing of lines that another tool wrote and nobody can read", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const insert = "INSERT INTO removals (uri, removed_at, verb, record) VALUES (?, ?, 'remove', ?)";
    await run(insert, "", at, '{"id":5,"artifact_id":"gone"}');
    await run(insert, "file:///x", at, '["id",5]');
    await run(insert, "file:///y", at, '{"id":5,"artifact_id":"gone"');
    expect(await explain("5")).toMatchObject({ isKnown: true, places: [], removals: [{ place: null, uri: "" }] });
    expect((await explain("/x")).removals).toMatchObject([{ record: null }]);
  });
});
