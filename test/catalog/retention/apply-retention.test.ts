import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { collect } from "../_open-for-test.ts";
import { pathOf } from "../collect/_collect-world.ts";
import { drop, RetentionWorld } from "./_retention-world.ts";

let world: RetentionWorld;
let catalog: Catalog;

beforeEach(async () => {
  world = new RetentionWorld();
  catalog = await world.open();
});

afterEach(() => world.close());

async function idsLeft(): Promise<readonly number[]> {
  return (await collect(catalog.search({}))).map(({ id }) => id);
}

async function copies(...texts: readonly string[]): Promise<readonly DocumentRecord[]> {
  const records: DocumentRecord[] = [];
  for (const text of texts) records.push(await world.copy(catalog, text));
  return records;
}

const bad = (uri: StorageUri) => ({
  sql: "INSERT INTO verifications (uri, result, strength, checked_at, bad_since) VALUES (?, 'mismatch', 'full', ?, ?)",
  parameters: [uri, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
});

/** Changes the database while the catalog is closed. */
async function change(statements: Parameters<RetentionWorld["change"]>[0]): Promise<void> {
  await world.close();
  await world.change(statements);
  catalog = await world.open("a", "write");
}

describe("applying a plan of retention", () => {
  it("drops rows, leaves their bytes, and writes down which rule did it", async () => {
    const [old, kept] = (await copies("one", "two")) as [DocumentRecord, DocumentRecord];
    await catalog.addVariant(old.id, { ...old, variant: "text", createdAt: undefined });
    const plan = await world.planOf([old], { keep: [kept] });
    const { summary, ids, findings } = await drop(catalog, plan);
    expect([ids, findings]).toEqual([[old.id], []]);
    expect(summary).toMatchObject({ complete: true, dropped: { rows: 1, bytes: 3 }, findings: 0, freedBytes: 0 });
    expect(await idsLeft()).toEqual([kept.id]);
    expect(await world.read(pathOf(old))).toBe("one");
    await world.close();
    const reason = "older_than, by --older-than 90d --keep-copies 1";
    const line = ["retention", summary.operationId, reason];
    expect(await world.query("SELECT verb, plan, reason, variant FROM removals ORDER BY id")).toEqual([
      [...line, null],
      [...line, "text"],
    ]);
    expect(await world.query("SELECT verb, plan, reason, sha256 FROM tombstones")).toEqual([[...line, old.sha256]]);
  });

  it("is told of what changed, went, is pinned or claimed since", async () => {
    const records = await copies("one", "two", "three", "four", "five", "six");
    const [changed, gone, pinned, moved, other] = records as readonly DocumentRecord[] as [
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
    ];
    const leased = records[5] as DocumentRecord;
    const kept = await world.copy(catalog, "kept");
    const plan = await world.planOf(records, { keep: [kept] });
    await catalog.remove([gone.id]);
    await catalog.pin({ document: pinned.id }, { reason: "cited" });
    await change([
      { sql: "UPDATE documents SET updated_at = '2031-01-01T00:00:00.000Z' WHERE id = ?", parameters: [changed.id] },
      { sql: "UPDATE documents SET storage_uri = 'file:///x' WHERE id = ?", parameters: [moved.id] },
      { sql: "UPDATE documents SET sha256 = NULL WHERE id = ?", parameters: [other.id] },
      {
        sql: `INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at)
          VALUES ('x', ?, 'placed', '{}', '2026-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z')`,
        parameters: [leased.storageUri],
      },
    ]);
    const { why, findings, ids, summary } = await drop(catalog, plan);
    expect(ids).toEqual([]);
    expect(why).toEqual([
      `${changed.id} changed`,
      `${gone.id} gone`,
      `${pinned.id} pinned`,
      `${moved.id} changed`,
      `${other.id} changed`,
      `${leased.id} leased`,
    ]);
    expect(findings[2]?.message).toBe(
      `Document ${pinned.id} of "doi:a" is pinned by now: it is pinned, by the pin on document ${pinned.id} ("cited").`,
    );
    expect(findings[5]?.message).toBe(`Document ${leased.id} of "doi:a" has bytes that somebody is about to register.`);
    expect(summary).toMatchObject({ findings: 6, dropped: { rows: 0, bytes: 0 } });
    expect(await idsLeft()).toHaveLength(6);
  });

  it("is refused for another catalog, and without what is to stay", async () => {
    const [row] = (await copies("one")) as [DocumentRecord];
    const plan = await world.planOf([row]);
    const { retention: _, ...bare } = plan.head;
    for (const head of [{ ...plan.head, catalogId: "0".repeat(32) }, bare]) {
      await expect(catalog.apply({ ...plan, head })).rejects.toMatchObject({ details: { guard: "plan" } });
    }
    expect(await idsLeft()).toEqual([row.id]);
  });

  it("drops many rows in several batches, goes on where it was ended, and begins nothing when the time is over", async () => {
    const records = await catalog.registerMany(
      Array.from({ length: 450 }, (_, n) => ({
        ...{ artifactId: "doi:a", sourceUrl: `https://example.org/${n}`, resolver: "test", bytes: 4 },
        ...{ storageUri: `s3://bucket/${n}`, sha256: null },
      })),
    );
    const rows = records.map(({ record }) => record);
    const plan = await world.planOf(rows.slice(0, -1), { keep: rows.slice(-1) });
    expect((await drop(catalog, plan, { maxTimeMs: 0 })).summary).toMatchObject({ complete: false, findings: 0 });
    const few = await world.planOf(rows.slice(0, 1));
    expect((await drop(catalog, few, { maxTimeMs: 0 })).summary.complete).toBe(false);
    const ending = new AbortController();
    let told = 0;
    await expect(
      catalog.apply(plan, {
        signal: ending.signal,
        onApplied: () => {
          told += 1;
        },
        onProgress: () => ending.abort(),
      }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(told).toBe(200);
    expect(await idsLeft()).toHaveLength(250);
    const progress: unknown[] = [];
    const rest = await world.planOf(rows.slice(200, -1), { keep: rows.slice(-1) });
    const { summary } = await drop(catalog, rest, { onProgress: (each) => progress.push(each) });
    expect(summary).toMatchObject({ complete: true, dropped: { rows: 249 } });
    expect(progress).toEqual([
      { phase: "collect", done: 200, total: 250 },
      { phase: "collect", done: 250, total: 250 },
    ]);
    expect(await idsLeft()).toEqual([rows.at(-1)?.id]);
  });
});

describe("the last copies of an artifact", () => {
  it("stay, whatever a plan says", async () => {
    const rows = await copies("one", "two");
    const { why, ids, findings } = await drop(catalog, await world.planOf(rows));
    expect([why, ids]).toEqual([rows.map(({ id }) => `${id} last_copy`), []]);
    expect(findings[0]?.message).toBe(`Document ${rows[0]?.id} of "doi:a" stays, as too few good copies would remain.`);
    expect((await drop(catalog, await world.planOf(rows, { keepCopies: 0 }))).ids).toHaveLength(2);
  });

  it("stay also where the plan comes to them in a later batch", async () => {
    const rows = await copies("one", "two", "three");
    const [one, two, three] = rows as [DocumentRecord, DocumentRecord, DocumentRecord];
    expect((await drop(catalog, await world.planOf([one, two]))).ids).toEqual([one.id, two.id]);
    expect((await drop(catalog, await world.planOf([three]))).why).toEqual([`${three.id} last_copy`]);
  });

  it("are as many as the plan says", async () => {
    const rows = await copies("one", "two", "three", "four");
    const [one, two] = rows as [DocumentRecord, DocumentRecord];
    expect((await drop(catalog, await world.planOf([one], { keepCopies: 3 }))).ids).toEqual([one.id]);
    expect((await drop(catalog, await world.planOf([two], { keepCopies: 3 }))).ids).toEqual([]);
  });

  it("are counted by files: names of one are one copy, and so are rows of one place", async () => {
    const [one, two, same] = (await copies("twin", "twin", "other")) as [
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
    ];
    // Bytes that are stored already get a further name.
    expect(two.storageUri).not.toBe(one.storageUri);
    await catalog.remove([same.id]);
    expect((await drop(catalog, await world.planOf([one], { keepCopies: 2 }))).why).toEqual([`${one.id} last_copy`]);
    expect((await drop(catalog, await world.planOf([one]))).ids).toEqual([one.id]);
    expect((await drop(catalog, await world.planOf([two]))).why).toEqual([`${two.id} last_copy`]);
    const more = await catalog.registerMany([
      { ...two, artifactId: "doi:a", sourceUrl: "https://mirror.example", createdAt: undefined },
    ]);
    // It is one of two rows that name one place.
    expect(more[0]?.record.storageUri).toBe(two.storageUri);
    expect((await drop(catalog, await world.planOf([two], { keepCopies: 2 }))).ids).toEqual([two.id]);
  });

  it("are those of the source, too, where add made up the artifact", async () => {
    const made = (source: string) => ({ artifactId: "file:a.txt", sourceUrl: `file:///${source}/a.txt` });
    const one = await world.copy(catalog, "one", made("x"));
    const two = await world.copy(catalog, "two", made("y"));
    expect((await drop(catalog, await world.planOf([one]))).why).toEqual([`${one.id} last_copy`]);
    const mirror = await world.copy(catalog, "three", { ...made("x"), resolver: "mirror" });
    expect((await drop(catalog, await world.planOf([one]))).ids).toEqual([one.id]);
    expect((await drop(catalog, await world.planOf([two, mirror]))).ids).toEqual([]);
  });

  it("are none that is gone, has another size, cannot be looked at, or was bad when it was verified", async () => {
    const [old, gone, short, damaged] = (await copies("old", "gone", "short", "damaged")) as [
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
      DocumentRecord,
    ];
    await world.fs.unlink(pathOf(gone));
    await world.fs.unlink(pathOf(short));
    await world.write(pathOf(short), "sho");
    const fromElsewhere = { artifactId: "doi:a", resolver: "test", bytes: 4, sha256: null };
    await world.write("/elsewhere/there.txt", "here");
    await catalog.registerMany([
      { ...fromElsewhere, sourceUrl: "https://e.org/folder", storageUri: "file:///elsewhere", bytes: 0 },
      { ...fromElsewhere, sourceUrl: "https://e.org/gone", storageUri: "file:///elsewhere/gone.txt" },
      { ...fromElsewhere, sourceUrl: "https://e.org/loop", storageUri: "file:///elsewhere/there.txt/below" },
    ]);
    await change([bad(damaged.storageUri)]);
    expect((await drop(catalog, await world.planOf([old]))).why).toEqual([`${old.id} last_copy`]);
    await catalog.registerMany([
      { ...fromElsewhere, sourceUrl: "https://e.org/there", storageUri: "file:///elsewhere/there.txt" },
    ]);
    expect((await drop(catalog, await world.planOf([old, gone, short, damaged]))).ids).toHaveLength(4);
  });

  it("are none that no row may be", async () => {
    const [old, broken] = (await copies("old", "broken")) as [DocumentRecord, DocumentRecord];
    await change([{ sql: "UPDATE documents SET created_at = 'once' WHERE id = ?", parameters: [broken.id] }]);
    expect((await drop(catalog, await world.planOf([old]))).why).toEqual([`${old.id} last_copy`]);
    expect((await drop(catalog, await world.planOf([broken]))).why).toEqual([`${broken.id} changed`]);
  });

  it("may lie where nobody can look: what its URI says is believed", async () => {
    const [old] = (await copies("old")) as [DocumentRecord];
    await catalog.registerMany([
      {
        ...{ artifactId: "doi:a", resolver: "test", bytes: 4, sha256: null },
        ...{ sourceUrl: "https://e.org/there", storageUri: "s3://bucket/there" },
      },
    ]);
    expect((await drop(catalog, await world.planOf([old]))).ids).toEqual([old.id]);
  });

  it("are found beyond the first page of rows, and asked first the next time", async () => {
    const rows = await catalog.registerMany(
      Array.from({ length: 250 }, (_, n) => ({
        ...{ artifactId: "doi:a", sourceUrl: `https://a.org/${n}`, resolver: "test", bytes: 4 },
        ...{ storageUri: `file:///gone/${n}.txt`, sha256: null },
      })),
    );
    const kept = await world.copy(catalog, "kept");
    const gone = rows.map(({ record }) => record);
    const { ids } = await drop(catalog, await world.planOf(gone));
    expect(ids).toHaveLength(250);
    expect(await idsLeft()).toEqual([kept.id]);
  });
});

describe("what others do at the same moment", () => {
  let other: Catalog;

  beforeEach(async () => {
    other = await world.open("a", "write");
  });

  it("is seen by the statement: of two that each count on the other's copy only one goes", async () => {
    const [one, two] = (await copies("one", "two")) as [DocumentRecord, DocumentRecord];
    const theirs = await world.planOf([two]);
    // This one has just seen that the other copy is there.
    world.whenLookedAt(pathOf(two), async () => {
      expect((await drop(other, theirs)).ids).toEqual([two.id]);
    });
    expect((await drop(catalog, await world.planOf([one]))).why).toEqual([`${one.id} last_copy`]);
    expect(await idsLeft()).toEqual([one.id]);
  });

  it("is made up for by another copy, if there is one", async () => {
    const [one, two, three] = (await copies("one", "two", "three")) as [DocumentRecord, DocumentRecord, DocumentRecord];
    const theirs = await world.planOf([two]);
    world.whenLookedAt(pathOf(two), () => drop(other, theirs));
    expect((await drop(catalog, await world.planOf([one]))).ids).toEqual([one.id]);
    expect(await idsLeft()).toEqual([three.id]);
  });

  it("is seen where it leaves some copies, but too few", async () => {
    const [one, two, three] = (await copies("one", "two", "three")) as [DocumentRecord, DocumentRecord, DocumentRecord];
    world.whenLookedAt(pathOf(three), () => other.remove([two.id]));
    expect((await drop(catalog, await world.planOf([one], { keepCopies: 2 }))).why).toEqual([`${one.id} last_copy`]);
    expect(await idsLeft()).toEqual([one.id, three.id]);
  });

  it("is seen where it finds out that the other copy is bad", async () => {
    const [one, two] = (await copies("one", "two")) as [DocumentRecord, DocumentRecord];
    world.whenLookedAt(pathOf(two), async () => {
      await world.fs.unlink(pathOf(two));
      await world.write(pathOf(two), "bad");
      await collect(other.verify({ ids: [String(two.id)] }));
    });
    expect((await drop(catalog, await world.planOf([one]))).why).toEqual([`${one.id} last_copy`]);
    expect(await idsLeft()).toEqual([one.id, two.id]);
  });

  it("holds the row if it is a pin", async () => {
    const [one, two] = (await copies("one", "two")) as [DocumentRecord, DocumentRecord];
    world.whenLookedAt(pathOf(two), () => other.pin({ artifact: "doi:a" }, { reason: "at the last moment" }));
    expect((await drop(catalog, await world.planOf([one]))).why).toEqual([`${one.id} pinned`]);
    await other.unpin({ artifact: "doi:a" });
    expect((await drop(catalog, await world.planOf([one]))).ids).toEqual([one.id]);
  });

  it("ends in a finding where it never ends", async () => {
    const rows = await copies("one", "two", "three", "four", "five", "six", "seven");
    const [one, ...others] = rows as [DocumentRecord, ...DocumentRecord[]];
    const takeNext = (): void => {
      const [next, ...rest] = others.splice(0);
      others.push(...rest);
      if (next === undefined || rest.length === 0) return;
      world.whenLookedAt(pathOf(next), async () => {
        await other.remove([next.id]);
        takeNext();
      });
    };
    takeNext();
    expect((await drop(catalog, await world.planOf([one]))).why).toEqual([`${one.id} last_copy`]);
    expect(await idsLeft()).toContain(one.id);
  });
});
