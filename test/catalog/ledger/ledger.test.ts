import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger } from "../../../src/catalog/ledger/ledger.ts";
import { entryFromRow } from "../../../src/catalog/ledger/ledger-entry.ts";
import type { Sha256 } from "../../../src/core/sha256.ts";
import type { BlobVerification } from "../../../src/core/verification/verification.ts";
import type { SqlEngine, SqlRow } from "../../../src/ports/sql.ts";
import { digestOf } from "../_open-for-test.ts";
import { DAY_MS, LedgerWorld, uriOf } from "./_ledger-world.ts";

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.open();
  await world.register([1, 2, 3]);
});
afterEach(() => world.catalog.close());

const entries = (): Promise<unknown> =>
  world.query(
    "SELECT uri, result, strength, sha256, bytes, checked_at, ok_at, bad_since FROM verifications ORDER BY uri",
  );
const incidents = (): Promise<unknown> =>
  world.query("SELECT uri, result, reason, found_at, resolved_at, resolution FROM incidents ORDER BY id");

describe("Ledger.record", () => {
  it("remembers of a blob that is as it should be no more than when that was found", async () => {
    await world.record(world.verified(1));
    expect(await entries()).toEqual([[uriOf(1), "ok", "full", null, null, world.now(), null, null]]);
    expect(await world.ledger.find(uriOf(1))).toEqual({
      uri: uriOf(1),
      result: "ok",
      reason: null,
      strength: "full",
      actual: { sha256: null, bytes: null },
      checkedAt: world.now(),
      okAt: world.now(),
      badSince: null,
      isPutAside: false,
    });
    expect(await world.ledger.find(uriOf(2))).toBe(undefined);
    await world.record();
  });

  it("remembers of a blob that is something else what was found, since when it is bad, and when it was last good", async () => {
    const [good, sha256] = [world.now(), digestOf("f") as Sha256];
    await world.record(world.verified(1));
    world.elapsedMs += DAY_MS;
    const bad = world.now();
    const found = { result: "mismatch", reason: "hash", actual: { sha256, bytes: 101 } } as const;
    await world.record(world.verified(1, found));
    expect(await entries()).toEqual([[uriOf(1), "mismatch", "full", sha256, null, bad, good, bad]]);
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1, { ...found, reason: "size", actual: { sha256: null, bytes: 5 } }));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({
      result: "mismatch",
      reason: "size",
      actual: { sha256: null, bytes: 5 },
      checkedAt: world.now(),
      okAt: good,
      badSince: bad,
    });
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1));
    expect(await entries()).toEqual([[uriOf(1), "ok", "full", null, null, world.now(), null, null]]);
  });

  it("has one incident for each time that a blob turned bad, however often that is seen", async () => {
    const first = world.now();
    for (let night = 0; night < 3; night++) {
      await world.record(world.missing(1));
      world.elapsedMs += DAY_MS;
    }
    expect(await incidents()).toEqual([[uriOf(1), "missing", "gone", first, null, null]]);
    const good = world.now();
    await world.record(world.verified(1), world.verified(2));
    world.elapsedMs += DAY_MS;
    await world.record(world.missing(1));
    expect(await incidents()).toEqual([
      [uriOf(1), "missing", "gone", first, good, "verified"],
      [uriOf(1), "missing", "gone", world.now(), null, null],
    ]);
  });

  it("keeps in an incident what the bytes were and where they were put, when they are gone later", async () => {
    const sha256 = digestOf("f") as Sha256;
    const aside = uriOf(77);
    const bad = world.verified(1, { result: "mismatch", reason: "hash", actual: { sha256, bytes: 7 } });
    await world.ledger.record([bad], { quarantine: new Map([[bad.uri, aside]]) });
    await world.record(world.missing(1, { reason: "quarantined" }));
    expect(
      await world.query(
        "SELECT result, reason, expected_sha256, expected_bytes, actual_sha256, actual_bytes, quarantine FROM incidents",
      ),
    ).toEqual([["missing", "quarantined", digestOf("1"), 101, sha256, 7, aside]]);
    // However it is found later, as long as it is bad.
    await world.record(world.missing(1));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ reason: "gone", isPutAside: true });
    await world.record(world.verified(1));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", isPutAside: false });
  });

  it("opens an incident also where nobody says why", async () => {
    await world.record(world.missing(1, { reason: null }));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "missing", reason: null });
  });

  it("takes the last of several results for one blob", async () => {
    await world.record(world.missing(1), world.verified(1));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok" });
    expect(await incidents()).toEqual([]);
  });

  it("keeps a later result where an earlier one comes late, but not one of a clock that was ahead", async () => {
    const [late, bad] = [world.verified(1), world.missing(2)];
    world.elapsedMs += 1000;
    await world.record(world.missing(1), world.verified(2));
    await world.record(late, bad);
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "missing", badSince: world.now() });
    expect(await world.ledger.find(uriOf(2))).toMatchObject({ result: "ok", badSince: null });
    expect(await incidents()).toHaveLength(1);
    world.elapsedMs -= 2 * DAY_MS;
    await world.record(world.verified(1), world.missing(2));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", checkedAt: world.now() });
    expect(await world.ledger.find(uriOf(2))).toMatchObject({ result: "missing", checkedAt: world.now() });
  });

  it("writes many at once", async () => {
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    await world.register(numbers);
    await world.record(...numbers.map((n) => (n % 3 === 0 ? world.missing(n) : world.verified(n))));
    expect((await world.ledger.findMany(numbers.map(uriOf))).size).toBe(300);
    expect(await world.query("SELECT COUNT(*) FROM incidents")).toEqual([[100]]);
    await world.record(...numbers.map((n) => world.verified(n)));
    expect(await world.query("SELECT COUNT(*) FROM incidents WHERE resolved_at IS NULL")).toEqual([[0]]);
  });
});

describe("a look at the size alone", () => {
  const quick = { strength: "size", actual: { sha256: null, bytes: 101 } } as const;

  it("is remembered where nothing better is known", async () => {
    await world.record(world.verified(1, quick));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", strength: "size", okAt: world.now() });
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1, quick));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ strength: "size", checkedAt: world.now() });
  });

  it.each(["full", "provider"] as const)(
    "takes nothing back that was found by comparing hashes (%s)",
    async (strength) => {
      const before = world.now();
      await world.record(world.verified(1, { strength }));
      await world.record(world.verified(2, { strength, result: "mismatch", reason: "hash" }));
      world.elapsedMs += DAY_MS;
      await world.record(world.verified(1, quick), world.verified(2, quick));
      expect(await world.ledger.find(uriOf(1))).toMatchObject({ strength, checkedAt: before });
      expect(await world.ledger.find(uriOf(2))).toMatchObject({ result: "mismatch", badSince: before });
      expect(await incidents()).toEqual([[uriOf(2), "mismatch", "hash", before, null, null]]);
    },
  );

  it("says that something is there again, and nothing about what could not be read", async () => {
    const before = world.now();
    await world.record(world.missing(1), world.missing(2, { result: "unreadable", reason: "io" }));
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1, quick), world.verified(2, quick));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", strength: "size", badSince: null });
    expect(await world.ledger.find(uriOf(2))).toMatchObject({ result: "unreadable", reason: "io", badSince: before });
    expect(await incidents()).toEqual([
      [uriOf(1), "missing", "gone", before, world.now(), "verified"],
      [uriOf(2), "unreadable", "io", before, null, null],
    ]);
  });

  it("that nobody could take is remembered of blobs of which nobody could ever take one", async () => {
    const nobody = { result: "unchecked", reason: "no_store", strength: "none" } as const;
    await world.record(world.verified(1), world.missing(2));
    const before = world.now();
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1, nobody), world.verified(2, nobody), world.verified(3, nobody));
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", checkedAt: before });
    expect(await world.ledger.find(uriOf(2))).toMatchObject({ result: "missing", badSince: before });
    expect(await world.ledger.find(uriOf(3))).toMatchObject({ result: "unchecked", reason: "no_store", okAt: null });
    expect(await incidents()).toEqual([[uriOf(2), "missing", "gone", before, null, null]]);
  });
});

describe("what has no hash on record", () => {
  it("is remembered with the size that was compared", async () => {
    await world.register([9], { sha256: null });
    const size = { sha256: null, bytes: 109 };
    const unchecked = {
      result: "unchecked",
      reason: "no_hash",
      strength: "size",
      expected: size,
      actual: size,
    } as const;
    await world.record(world.verified(9, unchecked));
    expect(await world.ledger.find(uriOf(9))).toMatchObject({
      result: "unchecked",
      reason: "no_hash",
      strength: "size",
    });
    await world.record(world.missing(9, { expected: size }));
    await world.record(world.verified(9, unchecked));
    expect(await world.ledger.find(uriOf(9))).toMatchObject({ result: "unchecked", badSince: null });
    expect(await incidents()).toEqual([[uriOf(9), "missing", "gone", world.now(), world.now(), "verified"]]);
  });
});

describe("an incident of which nothing else is remembered", () => {
  it("stays open when nobody can look, and when others were looked at", async () => {
    await world.run({
      sql: "INSERT INTO incidents (uri, result, reason, found_at) VALUES (?, 'missing', 'gone', ?)",
      parameters: [uriOf(1), world.now()],
    });
    await world.record(
      world.verified(1, { result: "unchecked", reason: "no_store", strength: "none" }),
      world.verified(2),
    );
    expect(await incidents()).toMatchObject([[uriOf(1), "missing", "gone", world.now(), null, null]]);
    await world.record(world.verified(1), world.verified(2));
    expect(await incidents()).toMatchObject([[uriOf(1), "missing", "gone", world.now(), world.now(), "verified"]]);
  });
});

describe("what changed while it was verified", () => {
  it("is not remembered of a blob that no row names any more", async () => {
    await world.record(world.verified(8), world.missing(7));
    expect(await entries()).toEqual([]);
    expect(await incidents()).toEqual([[uriOf(7), "missing", "gone", world.now(), world.now(), "removed"]]);
  });

  it("is not remembered of a blob that is to be something else by now", async () => {
    const other = { sha256: digestOf("e") as Sha256, bytes: 101 };
    await world.record(
      world.verified(1, { expected: other, actual: other }),
      world.verified(2, { expected: { sha256: null, bytes: 103 } }),
      world.verified(3, { expected: { sha256: null, bytes: 103 } }),
    );
    expect(await entries()).toEqual([[uriOf(3), "ok", "full", digestOf("3"), null, world.now(), null, null]]);
  });

  it("is remembered of a blob that variants name", async () => {
    await world.catalog.addVariant(1, { variant: "html", storageUri: uriOf(6), bytes: null });
    await world.record(world.verified(6));
    expect(await world.ledger.find(uriOf(6))).toMatchObject({ result: "ok" });
  });
});

describe("a ledger that watches", () => {
  const stale = (): BlobVerification => {
    const other = { sha256: digestOf("e") as Sha256, bytes: 101 };
    return world.verified(1, { expected: other, actual: other });
  };
  let asked: number;
  let ledger: Ledger;
  beforeEach(async () => {
    asked = 0;
    const sql: SqlEngine = Object.create(world.sql, {
      query: {
        value: (...given: Parameters<SqlEngine["query"]>) => {
          asked += 1;
          return world.sql.query(...given);
        },
      },
      batch: { value: (...given: Parameters<SqlEngine["batch"]>) => world.sql.batch(...given) },
      describe: { value: () => world.sql.describe() },
    });
    ledger = new Ledger({ sql, clock: world.clock });
    await ledger.watch();
  });

  it("reads no rows again as long as nobody else writes", async () => {
    for (const n of [1, 1, 2]) await ledger.record([world.verified(n)]);
    // What does not change anything is no commit.
    await ledger.record([world.verified(2, { checkedAt: world.now(-1) })]);
    await ledger.record([world.verified(3)]);
    expect(asked).toBe(0);
    expect(await entries()).toHaveLength(3);
  });

  it("reads them from then on when somebody has written", async () => {
    await ledger.record([world.verified(2)]);
    await world.register([4]);
    await ledger.record([stale(), world.verified(2)]);
    expect(await world.ledger.find(uriOf(1))).toBe(undefined);
    await ledger.record([stale(), world.verified(4)]);
    expect(await world.ledger.find(uriOf(1))).toBe(undefined);
    expect(asked).toBeGreaterThan(0);
    expect(await entries()).toHaveLength(2);
  });

  it("reads them when others wrote in the same commit", async () => {
    const change = { sql: "UPDATE documents SET sha256 = ?", parameters: [digestOf("d")] };
    await Promise.all([world.run(change), ledger.record([world.verified(1)])]);
    expect(await world.ledger.find(uriOf(1))).toBe(undefined);
  });

  it("reads them where the engine does not tell of commits", async () => {
    const { sql } = world;
    const batch: SqlEngine["batch"] = (statements) => sql.batch(statements);
    const silent = Object.create(sql, {
      query: { value: sql.query.bind(sql) },
      batch: { value: batch },
      describe: { value: sql.describe.bind(sql) },
    });
    const other = new Ledger({ sql: silent, clock: world.clock });
    await other.watch();
    await other.record([stale()]);
    expect(await entries()).toEqual([]);
  });
});

describe("Ledger.repaired", () => {
  it("ends the incident by what was done", async () => {
    await world.record(world.missing(1));
    await world.ledger.repaired(world.verified(1), "repaired");
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok", badSince: null });
    expect(await incidents()).toEqual([[uriOf(1), "missing", "gone", world.now(), world.now(), "repaired"]]);
  });
});

describe("Ledger.dropUnnamed", () => {
  it("forgets blobs that no row names, and nothing of others", async () => {
    const unnamed = Array.from({ length: 600 }, (_, at) => uriOf(1000 + at));
    await world.catalog.addVariant(1, { variant: "html", storageUri: uriOf(6), bytes: null });
    await world.record(world.verified(1), world.verified(2), world.verified(6));
    await world.run(
      ...unnamed.map((uri) => ({
        sql: "INSERT INTO verifications (uri, result, strength, checked_at, bad_since) VALUES (?, 'missing', 'none', ?, ?)",
        parameters: [uri, world.now(), world.now()],
      })),
      `INSERT INTO incidents (uri, result, reason, found_at) SELECT uri, result, 'gone', checked_at FROM verifications
       WHERE result = 'missing'`,
    );
    expect(await world.ledger.dropUnnamed()).toBe(600);
    expect([...(await world.ledger.findMany([uriOf(1), uriOf(2), uriOf(6), ...unnamed])).keys()].sort()).toEqual([
      uriOf(1),
      uriOf(2),
      uriOf(6),
    ]);
    expect(await world.query("SELECT resolution, COUNT(*) FROM incidents GROUP BY resolution")).toEqual([
      ["removed", 600],
    ]);
    expect(await world.ledger.dropUnnamed()).toBe(0);
  });

  it("leaves the blob of a row that comes in the moment", async () => {
    await world.record(world.verified(1), world.verified(2));
    await world.run("UPDATE documents SET storage_uri = 'file:///elsewhere' WHERE id = 1");
    const query = world.sql.query.bind(world.sql);
    Object.assign(world.sql, {
      query: async (...given: Parameters<typeof query>) => {
        const rows = await query(...given);
        if (rows.length === 1 && rows[0]?.[0] === uriOf(1)) {
          Object.assign(world.sql, { query });
          await world.register([1], { artifactId: "another" });
        }
        return rows;
      },
    });
    expect(await world.ledger.dropUnnamed()).toBe(0);
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ result: "ok" });
  });
});

describe("an entry that another tool wrote", () => {
  it("is none where its place, result, strength or time is none", () => {
    const time = world.now();
    const row: SqlRow = ["s3://b/x", "ok", "full", null, null, time, null, null, null];
    expect(entryFromRow(row)).toMatchObject({ uri: "s3://b/x", okAt: time });
    for (const [at, value] of [
      [0, new Uint8Array(1)],
      [1, "good"],
      [2, "strong"],
      [5, "now"],
    ] as const) {
      expect(entryFromRow(row.with(at, value))).toBe(undefined);
    }
    expect(entryFromRow(row.with(3, digestOf("a")))?.actual.sha256).toBe(digestOf("a"));
  });

  it("says what can be read of it", async () => {
    const insert = "INSERT INTO verifications (uri, result, strength, checked_at, bad_since, bytes) VALUES";
    await world.run(
      `${insert} ('file:///data/1.pdf', 'missing', 'none', '${world.now()}', 'long ago', 'many')`,
      `${insert} ('file:///data/2.pdf', 'ok', 'full', 'yesterday', NULL, NULL)`,
      `${insert} (X'00', 'ok', 'full', '${world.now()}', NULL, NULL)`,
    );
    expect(await world.ledger.find(uriOf(1))).toMatchObject({ reason: null, badSince: null, actual: { bytes: null } });
    expect(await world.ledger.find(uriOf(2))).toBe(undefined);
  });
});

describe("Ledger.noteDrift", () => {
  it("notes once what a source serves instead, and when that was last seen", async () => {
    const first = world.now();
    const drift = {
      sourceUrl: "https://user:secret@example.org/1",
      expectedSha256: digestOf("1") as Sha256,
      actualSha256: digestOf("2") as Sha256,
      actualBytes: 5,
    };
    await world.ledger.noteDrift({ ...drift, seenAt: first });
    world.elapsedMs += DAY_MS;
    await world.ledger.noteDrift({ ...drift, seenAt: world.now() });
    await world.ledger.noteDrift({ ...drift, seenAt: first });
    expect(await world.query("SELECT * FROM drifts")).toEqual([
      ["https://example.org/1", digestOf("1"), digestOf("2"), 5, first, world.now()],
    ]);
    await world.ledger.noteDrift({ ...drift, actualSha256: digestOf("3") as Sha256, seenAt: first });
    expect(await world.query("SELECT COUNT(*) FROM drifts")).toEqual([[2]]);
  });
});
