import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DocumentRecord } from "../../../src/core/document.ts";
import { collect } from "../_open-for-test.ts";
import { RestoreWorld, sha256Of, textAt } from "./_restore-world.ts";

let world: RestoreWorld;

beforeEach(async () => {
  world = await RestoreWorld.create();
});

afterEach(() => world.remove());

const NOTHING = { documents: 0, variants: 0, blobs: 0, bytes: 0, findings: 0 };

async function removeRow({ id }: DocumentRecord): Promise<string> {
  const [removed] = await world.catalog.remove([id]);
  return removed?.operationId ?? "";
}

/** A document with a variant, both stored. */
async function ingestWithVariant(): Promise<DocumentRecord> {
  const record = await world.ingest("the bytes");
  const page = await world.ingest("the page", "page");
  const { storageUri, bytes, sha256 } = page;
  await world.catalog.addVariant(record.id, { variant: "html", storageUri, bytes, sha256, contentType: "text/html" });
  await world.catalog.remove([page.id]);
  return record;
}

describe("a row whose bytes lie where they were", () => {
  it("comes back with its id, its variants and all that was on record, by any word or the operation", async () => {
    const before = await ingestWithVariant();
    const [variant] = await world.catalog.listVariants(before.id);
    const by = (plan: string) => [
      String(before.id),
      "a",
      before.sourceUrl,
      String(before.sha256),
      before.storageUri,
      { plan },
    ];
    for (const at of [0, 1, 2, 3, 4, 5]) {
      const target = by(await removeRow(before))[at];
      const targets = typeof target === "string" ? [target] : (target ?? []);
      const said = await world.restore(targets);
      expect(said.summary).toEqual({ ...NOTHING, documents: 1, variants: 1 });
      expect(await world.catalog.findById(before.id)).toBeUndefined();
      const done = await world.restore(targets, { apply: true });
      expect([done.summary, done.findings]).toEqual([said.summary, []]);
      const after = await world.catalog.getById(before.id);
      expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
      expect(after.updatedAt > before.updatedAt).toBe(true);
      expect(await world.catalog.listVariants(before.id)).toEqual([variant]);
      expect(done.restored).toMatchObject([
        { uri: before.storageUri, bytes: 9, from: "place", formerUri: null, document: after, variant: null },
        { uri: variant?.storageUri, bytes: 8, from: "place", document: null, variant },
      ]);
      expect((await world.restore(targets, { apply: true })).summary).toEqual(NOTHING);
      expect(await world.rows("SELECT uri FROM leases")).toEqual([]);
    }
  });

  it("comes back with the files that it came from, and as a file that is registered where it lies", async () => {
    const inside = `${world.shared.root}/own.txt`;
    const outside = world.shared.pathOf("downloads/x.txt");
    world.write(inside, "inside");
    world.write(outside, "outside");
    await world.catalog.add([{ path: inside }], { into: "none" });
    await world.catalog.add([{ path: outside }]);
    const facts = "SELECT path, NULL FROM in_place UNION ALL SELECT path, document_id FROM sources ORDER BY 1, 2";
    const before = await world.rows(facts);
    expect(before).toHaveLength(3);
    const ids = (await collect(world.catalog.search({}))).map(({ id }) => id);
    const [removed] = await world.catalog.remove(ids);
    expect(await world.rows(facts)).toEqual([]);
    const { summary } = await world.restore({ plan: removed?.operationId ?? "" }, { apply: true });
    expect(summary).toEqual({ ...NOTHING, documents: 2 });
    expect(await world.rows(facts)).toEqual(before);
  });

  it("lies elsewhere, perhaps with a hash that nobody knows", async () => {
    const path = world.shared.pathOf("far.txt");
    world.write(path, "far");
    const base = { sourceUrl: "u", resolver: "r", bytes: 3, storageUri: `file://${path}` };
    const results = await world.catalog.registerMany([
      { ...base, artifactId: "unhashed" },
      { ...base, artifactId: "hashed", sha256: sha256Of("far") },
      { ...base, artifactId: "wrong", sha256: sha256Of("fra") },
      { ...base, artifactId: "longer", bytes: 4 },
      { ...base, artifactId: "unseen", storageUri: "s3://bucket/key" },
    ]);
    const [removed] = await world.catalog.remove(results.map(({ record }) => record.id));
    const { summary, findings } = await world.restore({ plan: removed?.operationId ?? "" }, { apply: true });
    expect(summary).toEqual({ ...NOTHING, documents: 2, findings: 3 });
    expect(findings.map(({ kind, documentId }) => [kind, documentId])).toEqual(
      results.slice(2).map(({ record }) => ["no_bytes", record.id]),
    );
    expect((await world.catalog.listByArtifact("hashed"))[0]?.storageUri).toBe(`file://${path}`);
  });
});

describe("bytes that are in the trash", () => {
  it("come back with their row, and are ours again", async () => {
    const before = await ingestWithVariant();
    const [variant] = await world.catalog.listVariants(before.id);
    await removeRow(before);
    await world.take(before.storageUri, "keep");
    await world.take(String(variant?.storageUri), "keep");
    expect((await world.restore(["a"])).restored).toMatchObject([{ from: "trash" }, { from: "trash" }]);
    expect(existsSync(new URL(before.storageUri))).toBe(false);
    const { summary, findings } = await world.restore(["a"], { apply: true });
    expect([summary, findings]).toEqual([{ ...NOTHING, documents: 1, variants: 1, bytes: 17 }, []]);
    expect(textAt(before.storageUri)).toBe("the bytes");
    expect([world.trash(), await world.rows("SELECT run FROM trash")]).toEqual([[], []]);
    const placed = await world.rows("SELECT uri FROM placed ORDER BY uri");
    expect(placed).toEqual([[before.storageUri], [variant?.storageUri]].sort());
    expect((await world.restore(["a"], { apply: true })).summary).toEqual(NOTHING);
  });

  it("come from a collector that died, and never from one that may be alive", async () => {
    const before = await world.ingest("the bytes");
    await removeRow(before);
    const held = await world.take(before.storageUri, "hold");
    for (const apply of [false, true]) {
      const { summary, findings } = await world.restore(["a"], { apply });
      expect([summary.documents, findings]).toMatchObject([0, [{ kind: "held", documentId: before.id }]]);
    }
    const store = await world.openStore("alive");
    await store.giveBack(held);
    await world.take(before.storageUri, "die");
    expect((await world.restore(["a"])).summary).toMatchObject({ documents: 1, bytes: 9 });
    expect((await world.restore(["a"], { apply: true })).summary).toMatchObject({ documents: 1, bytes: 9 });
    expect(textAt(before.storageUri)).toBe("the bytes");
  });

  it("come back under another name where others have theirs, and the row names that", async () => {
    const before = await world.ingest("the bytes");
    await removeRow(before);
    await world.take(before.storageUri, "keep");
    const path = new URL(before.storageUri).pathname;
    world.write(path, "of others");
    const expected = before.storageUri.replace(/x\.txt$/, `x-${String(before.sha256).slice(0, 12)}.txt`);
    const about = { uri: expected, formerUri: before.storageUri, from: "trash" };
    expect((await world.restore(["a"])).restored).toMatchObject([about]);
    expect((await world.restore(["a"], { apply: true })).restored).toMatchObject([about]);
    expect(await world.catalog.getById(before.id)).toMatchObject({ storageUri: expected });
    expect([textAt(expected), textAt(before.storageUri)]).toEqual(["the bytes", "of others"]);
    expect(await world.rows("SELECT uri FROM placed")).toEqual([[expected]]);
    expect(await world.rows("SELECT run FROM trash")).toEqual([]);
  });

  it("are found under that name again", async () => {
    const before = await world.ingest("the bytes");
    const [other] = [await world.ingest("the bytes", "b")];
    await world.catalog.remove([before.id, other.id]);
    await world.take(before.storageUri, "keep");
    const path = new URL(before.storageUri).pathname;
    world.write(path, "of others");
    const named = path.replace(/x\.txt$/, `x-${String(before.sha256).slice(0, 12)}.txt`);
    world.write(named, "the bytes");
    const { restored } = await world.restore([String(before.id)], { apply: true });
    expect(restored).toMatchObject([{ uri: `file://${named}`, from: "place", formerUri: before.storageUri }]);
  });

  it("have a number where nobody knows their hash", async () => {
    const path = `${world.shared.root}/in/x.txt`;
    world.write(path, "some bytes");
    const { record } = await world.catalog.registerOrGet({
      ...{ artifactId: "unhashed", sourceUrl: "u", resolver: "r", bytes: 10, storageUri: `file://${path}` },
    });
    await world.catalog.remove([record.id]);
    await world.take(record.storageUri, "keep");
    world.write(path, "others");
    world.write(path.replace("x.txt", "x-2.txt"), "more");
    const { restored } = await world.restore(["unhashed"], { apply: true });
    expect(restored).toMatchObject([{ uri: `file://${path.replace("x.txt", "x-3.txt")}`, from: "trash" }]);
    // Nobody ever placed it, and nobody will collect it.
    expect(await world.rows("SELECT uri FROM placed")).toEqual([]);
  });

  it("are not taken for those of a row if they have another size or hash", async () => {
    const before = await world.ingest("the bytes");
    await removeRow(before);
    const path = new URL(before.storageUri).pathname;
    for (const text of ["other", "the byteS"]) {
      world.write(path, text);
      await world.take(before.storageUri, "keep");
    }
    const { summary, findings } = await world.restore(["a"], { apply: true });
    expect([summary, findings]).toMatchObject([{ ...NOTHING, findings: 1 }, [{ kind: "no_bytes" }]]);
    expect(world.trash()).toHaveLength(2);
  });

  it("come back without a row where none is on record, once", async () => {
    const path = `${world.shared.root}/theirs.txt`;
    for (const target of [path, sha256Of("their bytes"), sha256Of("their bytes").slice(0, 9), undefined]) {
      world.write(path, "their bytes");
      await world.take(`file://${path}`, "keep");
      const [[plan] = []] = await world.rows("SELECT plan FROM trash");
      const targets = target === undefined ? { plan: String(plan) } : [target];
      const blob = { ...NOTHING, blobs: 1, bytes: 11 };
      expect((await world.restore(targets)).summary).toEqual(blob);
      const { summary, restored } = await world.restore(targets, { apply: true });
      expect([summary, restored]).toMatchObject([blob, [{ uri: `file://${path}`, document: null, variant: null }]]);
      expect(textAt(`file://${path}`)).toBe("their bytes");
      expect([world.trash(), await world.rows("SELECT run FROM trash")]).toEqual([[], []]);
      expect((await world.restore(targets, { apply: true })).summary).toEqual(NOTHING);
    }
    expect(await world.rows("SELECT uri FROM leases")).toEqual([]);
  });

  it("come back newest first, beside what has their name", async () => {
    const path = `${world.shared.root}/theirs.txt`;
    for (const text of ["first", "second"]) {
      world.write(path, text);
      await world.take(`file://${path}`, "keep");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await world.restore([path], { apply: true });
    expect(textAt(`file://${path}`)).toBe("second");
    const { restored } = await world.restore([path], { apply: true });
    expect(restored).toMatchObject([
      { uri: `file://${path.replace(".txt", `-${sha256Of("first").slice(0, 12)}.txt`)}` },
    ]);
    expect(world.trash()).toEqual([]);
  });

  it("come back to a row that is there, and lost them", async () => {
    const before = await world.ingest("the bytes");
    await world.take(before.storageUri, "keep");
    expect((await world.restore(["a"], { apply: true })).summary).toEqual({ ...NOTHING, blobs: 1, bytes: 9 });
    expect(textAt(before.storageUri)).toBe("the bytes");
  });

  it("are told of where they are gone for good, or held", async () => {
    const record = await world.ingest("the bytes");
    await removeRow(record);
    await world.take(record.storageUri, "keep");
    rmSync(`${world.shared.root}/.trash`, { recursive: true });
    const [[plan] = []] = await world.rows("SELECT plan FROM trash");
    const { findings } = await world.restore({ plan: String(plan) }, { apply: true });
    expect(findings).toMatchObject([{ kind: "no_bytes", uri: record.storageUri, documentId: null }]);
    expect(await world.rows("SELECT run FROM trash")).toHaveLength(1);
    const path = `${world.shared.root}/theirs.txt`;
    world.write(path, "their bytes");
    await world.take(`file://${path}`, "hold");
    expect((await world.restore([path])).findings).toMatchObject([{ kind: "held", documentId: null }]);
  });
});

describe("what does not come back", () => {
  it("is a row whose key is there again", async () => {
    const before = await world.ingest("the bytes");
    const plan = await removeRow(before);
    const again = await world.ingest("other bytes");
    const { summary, findings } = await world.restore({ plan }, { apply: true });
    expect(summary).toEqual({ ...NOTHING, findings: 1 });
    expect(findings).toMatchObject([{ kind: "exists", documentId: before.id, existingId: again.id }]);
    expect(findings[0]?.message).toContain(`document ${again.id} has its artifact id`);
    // Of several with one key the last comes back.
    await removeRow(again);
    expect((await world.restore(["a"], { apply: true })).restored).toMatchObject([{ document: { id: again.id } }]);
  });

  it("is a variant without bytes, until they are there", async () => {
    const before = await ingestWithVariant();
    const [variant] = await world.catalog.listVariants(before.id);
    const path = new URL(String(variant?.storageUri)).pathname;
    rmSync(path);
    await removeRow(before);
    const { summary, findings } = await world.restore(["a"], { apply: true });
    expect(summary).toEqual({ ...NOTHING, documents: 1, findings: 1 });
    expect(findings).toMatchObject([{ kind: "no_bytes", documentId: before.id, variant: "html" }]);
    writeFileSync(path, "the page");
    expect((await world.restore(["a"], { apply: true })).summary).toEqual({ ...NOTHING, variants: 1 });
    expect(await world.catalog.listVariants(before.id)).toEqual([variant]);
  });

  it("is a document without bytes, with all its variants", async () => {
    const before = await ingestWithVariant();
    await removeRow(before);
    rmSync(new URL(before.storageUri));
    mkdirSync(new URL(before.storageUri));
    const { summary } = await world.restore(["a"], { apply: true });
    expect(summary).toEqual({ ...NOTHING, findings: 1 });
    rmSync(new URL(before.storageUri), { recursive: true });
    symlinkSync("/etc/passwd", new URL(before.storageUri));
    expect((await world.restore(["a"], { apply: true })).summary).toEqual({ ...NOTHING, findings: 1 });
  });

  it("is what nobody can make a row of", async () => {
    const before = await ingestWithVariant();
    const plan = await removeRow(before);
    await world.run("UPDATE removals SET created_at = NULL WHERE variant = ? AND plan = ?", "html", plan);
    const one = await world.restore({ plan }, { apply: true });
    const damaged = { kind: "damaged", documentId: before.id, variant: "html" };
    expect([one.summary.documents, one.findings]).toMatchObject([1, [damaged]]);
    const second = await removeRow(before);
    await world.run("UPDATE removals SET record = ? WHERE plan = ?", `{"id":${before.id},"artifact_id":"a"}`, second);
    expect((await world.restore([String(before.id)])).findings).toMatchObject([{ kind: "damaged" }]);
    await world.run("UPDATE removals SET record = NULL WHERE plan = ?", second);
    const { findings } = await world.restore([before.storageUri]);
    expect(findings.at(-1)).toMatchObject({ kind: "damaged", documentId: null, uri: before.storageUri });
  });

  it("is a row whose id another tool gave away", async () => {
    const before = await world.ingest("the bytes");
    const plan = await removeRow(before);
    await world.run(
      `INSERT INTO documents (id, artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
       VALUES (?, 'other', 'u', 'r', 1, 's3://b/k', ?, ?)`,
      ...[before.id, before.createdAt, before.createdAt],
    );
    await expect(world.restore({ plan }, { apply: true })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("is what was never there", async () => {
    expect((await world.restore(["nothing", `${world.shared.root}/nothing`])).summary).toEqual(NOTHING);
    expect((await world.restore({ plan: "nothing" }, { apply: true })).summary).toEqual(NOTHING);
    await expect(world.restore([""])).rejects.toThrow(TypeError);
  });
});

describe("a removal of version 0.1", () => {
  it("brings its document back; which variants there were is not on record", async () => {
    const before = await ingestWithVariant();
    await removeRow(before);
    await world.run(
      `UPDATE removals SET plan = NULL, variant = NULL, content_type = NULL, created_at = NULL, origin = NULL
       WHERE substr(record, 1, ?) = ?`,
      ...[`{"id":${before.id},`.length, `{"id":${before.id},`],
    );
    const { summary, findings } = await world.restore(["a"], { apply: true });
    expect(summary).toEqual({ ...NOTHING, documents: 1, findings: 1 });
    expect(findings).toMatchObject([{ kind: "damaged", documentId: before.id }]);
  });
});

describe("who may restore", () => {
  it("is who writes; others are told what would be done", async () => {
    const before = await world.ingest("the bytes");
    await removeRow(before);
    await world.take(before.storageUri, "keep");
    await world.catalog.close();
    world.catalog = await world.open("read");
    expect((await world.restore(["a"])).summary).toEqual({ ...NOTHING, documents: 1, bytes: 9 });
    await expect(world.restore(["a"], { apply: true })).rejects.toMatchObject({ code: "READ_ONLY" });
    expect(world.trash()).toHaveLength(1);
  });

  it("may end it, and is told how far it is", async () => {
    const ids = [await world.ingest("one", "1x"), await world.ingest("two", "2x")].map(({ id }) => id);
    const [removed] = await world.catalog.remove(ids);
    const done: number[] = [];
    const ended = new AbortController();
    const onProgress = (progress: { readonly done: number }): void => {
      done.push(progress.done);
      ended.abort();
    };
    const restoring = world.restore(
      { plan: removed?.operationId ?? "" },
      { apply: true, onProgress, signal: ended.signal },
    );
    await expect(restoring).rejects.toThrow(ended.signal.reason);
    expect(done).toEqual([1]);
    expect((await world.restore({ plan: removed?.operationId ?? "" }, { apply: true })).summary.documents).toBe(1);
  });
});

describe("under layout cas", () => {
  it("brings bytes back to the only name that they can have", async () => {
    await world.remove();
    world = await RestoreWorld.create("cas");
    const before = await world.ingest("the bytes");
    await removeRow(before);
    await world.take(before.storageUri, "keep");
    expect((await world.restore(["a"], { apply: true })).summary).toEqual({ ...NOTHING, documents: 1, bytes: 9 });
    expect(textAt(before.storageUri)).toBe("the bytes");
    expect(await world.rows("SELECT uri FROM placed")).toEqual([]);
  });
});

describe("what lies in the trash", () => {
  it("is listed, on record or not", async () => {
    const record = await world.ingest("the bytes");
    await world.take(record.storageUri, "keep");
    const path = `${world.shared.root}/theirs.txt`;
    world.write(path, "their bytes");
    await world.take(`file://${path}`, "die");
    const all = await collect(world.catalog.listTrash());
    expect(all.sort((one, other) => one.bytes - other.bytes)).toMatchObject([
      { uri: record.storageUri, kind: "trash", bytes: 9, sha256: record.sha256, expiresAt: "2099-01-01T00:00:00.000Z" },
      { uri: `file://${path}`, kind: "left", bytes: 11, sha256: null, expiresAt: null, plan: null },
    ]);
    const ended = new AbortController();
    ended.abort();
    await expect(collect(world.catalog.listTrash({ signal: ended.signal }))).rejects.toThrow(ended.signal.reason);
  });
});
