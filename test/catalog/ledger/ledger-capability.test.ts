import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sha256 } from "../../../src/core/sha256.ts";
import { collect, digestOf } from "../_open-for-test.ts";
import { DAY_MS, LedgerWorld, uriOf } from "./_ledger-world.ts";

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.open();
  await world.register([1, 2]);
});
afterEach(() => world.catalog.close());

describe("listIncidents", () => {
  it("tells each time that a blob turned bad, and how that ended", async () => {
    expect(await collect(world.catalog.listIncidents())).toEqual([]);
    const [first, aside] = [world.now(), uriOf(77)];
    const actual = { sha256: digestOf("f") as Sha256, bytes: 7 };
    const bad = world.verified(1, { result: "mismatch", reason: "hash", actual });
    await world.ledger.record([bad], { quarantine: new Map([[bad.uri, aside]]) });
    world.elapsedMs += DAY_MS;
    await world.record(world.verified(1), world.missing(2));
    const expected = { sha256: digestOf("1"), bytes: 101 };
    const [ended, open] = await collect(world.catalog.listIncidents());
    expect(ended).toEqual({
      ...{ id: 1, uri: uriOf(1), result: "mismatch", reason: "hash", expected, actual, foundAt: first },
      ...{ quarantine: aside, resolvedAt: world.now(), resolution: "verified" },
    });
    expect(open).toMatchObject({ uri: uriOf(2), quarantine: null, resolvedAt: null, resolution: null });
    expect(open?.actual).toEqual({ sha256: null, bytes: null });
    expect(await collect(world.catalog.listIncidents({ open: true }))).toEqual([open]);
  });

  it("reads them in pages, and leaves out what another tool wrote and that says nothing", async () => {
    const insert = "INSERT INTO incidents (uri, result, reason, found_at, actual_bytes) VALUES";
    await world.run(
      ...Array.from({ length: 600 }, (_, n) => `${insert} ('s3://b/${n}', 'missing', 'gone', '${world.now()}', NULL)`),
      `${insert} ('s3://b/x', 'missing', 'lost', '${world.now()}', 'many')`,
      `${insert} ('s3://b/y', 'missing', 'gone', 'yesterday', NULL)`,
      `${insert} (X'00', 'missing', 'gone', '${world.now()}', NULL)`,
    );
    const all = await collect(world.catalog.listIncidents());
    expect(all.map(({ uri }) => uri)).toEqual([...Array.from({ length: 600 }, (_, n) => `s3://b/${n}`), "s3://b/x"]);
    expect(all.at(-1)).toMatchObject({ reason: null, actual: { bytes: null } });
  });

  it("ends with its signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(collect(world.catalog.listIncidents({ signal }))).rejects.toThrow("enough");
    await expect(collect(world.catalog.listDrifts({ signal }))).rejects.toThrow("enough");
  });
});

describe("listDrifts", () => {
  it("tells which sources serve other bytes, by URL", async () => {
    expect(await collect(world.catalog.listDrifts())).toEqual([]);
    const drift = (n: number) => ({
      sourceUrl: `https://example.org/${String(n).padStart(3, "0")}`,
      expectedSha256: digestOf("1") as Sha256,
      actualSha256: digestOf("2") as Sha256,
      actualBytes: n,
    });
    for (const n of [299, 1, ...Array.from({ length: 298 }, (_, at) => at + 1)]) {
      await world.ledger.noteDrift({ ...drift(n), seenAt: world.now() });
    }
    const all = await collect(world.catalog.listDrifts());
    expect(all).toEqual(
      Array.from({ length: 299 }, (_, at) => ({
        ...drift(at + 1),
        firstSeenAt: world.now(),
        lastSeenAt: world.now(),
      })),
    );
  });

  it("leaves out what another tool wrote and that says nothing, and shows no secrets", async () => {
    const hash = digestOf("a");
    const values = [
      `X'00', '${hash}', '${hash}', 1, '${world.now()}', '${world.now()}'`,
      `'a', '${hash.toUpperCase()}', '${hash}', 1, '${world.now()}', '${world.now()}'`,
      `'b', '${hash}', '${hash.toUpperCase()}', 1, '${world.now()}', '${world.now()}'`,
      `'c', '${hash}', '${hash}', 'many', '${world.now()}', '${world.now()}'`,
      `'d', '${hash}', '${hash}', 1, '${world.now()}', 'now'`,
      `'https://me:pw@example.org/', '${hash}', '${hash}', 1, '${world.now()}', '${world.now()}'`,
    ];
    await world.run(...values.map((each) => `INSERT INTO drifts VALUES (${each})`));
    expect((await collect(world.catalog.listDrifts())).map(({ sourceUrl }) => sourceUrl)).toEqual([
      "https://example.org/",
    ]);
  });
});
