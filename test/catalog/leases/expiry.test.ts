import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { CatalogLeases } from "../../../src/catalog/leases/catalog-leases.ts";
import { endExpiredLeases } from "../../../src/catalog/leases/end-expired.ts";
import { acquireLease, type Lease, type LeaseRequest } from "../../../src/catalog/leases/lease.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { parseStorageUri } from "../../../src/core/storage-uri.ts";
import type { SqlEngine } from "../../../src/ports/sql.ts";
import { createTestClock, type TestClock } from "../_test-clock.ts";
import { type IngestWorld, openEngine, openWorld } from "../ingest/_ingest-world.ts";
import { abandoned, countBatches, engineOf, leased } from "./_lease-world.ts";

const REQUEST: LeaseRequest = {
  uri: parseStorageUri("file:///root/a"),
  origin: "placed",
  sha256: null,
  bytes: 5,
};

interface Held {
  readonly clock: TestClock;
  readonly sql: SqlEngine;
  readonly leases: CatalogLeases;
  readonly logs: string[];
}

async function create(options: { readonly ttlMs?: number } = {}): Promise<Held> {
  const clock = createTestClock();
  const sql = await openEngine();
  const logs: string[] = [];
  const logger = { log: (level: string, message: string) => void logs.push(`${level}: ${message}`) };
  const processes = {
    self: () => ({ host: "here", bootId: "b", pid: 7, startedAt: "then" }),
    isAlive: () => undefined,
    endIsSeen: true,
  };
  return {
    clock,
    sql,
    logs,
    leases: new CatalogLeases({ clock, sql, logger, entropy: webCryptoEntropy, processes, ...options }),
  };
}

function reopen({ context }: IngestWorld, parts: { sql: SqlEngine; clock: TestClock; readOnly?: boolean }) {
  return openCatalog({ ...context, ...parts, entropy: webCryptoEntropy });
}

async function expiryOf(sql: SqlEngine): Promise<unknown> {
  const rows = await sql.query({ sql: "SELECT holder, taken_at, expires_at FROM leases" });
  return rows.map(([holder, takenAt, expiresAt]) => [
    JSON.parse(String(holder)),
    Date.parse(String(expiresAt)) - Date.parse(String(takenAt)),
  ]);
}

describe("the time of a lease", () => {
  it("is an hour, and begins again at half of it for as long as it is held", async () => {
    const { clock, sql, leases } = await create();
    const lease = await acquireLease(leases, REQUEST);
    const holder = { host: "here", boot_id: "b", pid: 7, started_at: "then" };
    expect(await expiryOf(sql)).toEqual([[holder, 3_600_000]]);
    await clock.advance(1_799_999);
    expect(await expiryOf(sql)).toEqual([[holder, 3_600_000]]);
    for (let half = 1; half <= 48; half++) {
      await clock.advance(1_800_000);
      await endExpiredLeases({ sql, clock });
    }
    expect(await leased(sql)).toEqual([REQUEST.uri]);
    await lease.release();
    expect(await leased(sql)).toEqual([]);
    await clock.advance(7_200_000);
    expect(await leased(sql)).toEqual([]);
  });

  it("is what the setting says, and is renewed also after renewing failed", async () => {
    const { clock, sql, leases, logs } = await create({ ttlMs: 1000 });
    await acquireLease(leases, REQUEST);
    const batch = sql.batch.bind(sql);
    Object.assign(sql, { batch: () => Promise.reject(new Error("busy")) });
    await clock.advance(500);
    expect(logs).toEqual(["warn: Could not renew leases"]);
    Object.assign(sql, { batch });
    await clock.advance(500);
    expect(await expiryOf(sql)).toMatchObject([[{}, 2000]]);
  });

  it("keeps no process alive", async () => {
    const world = await openWorld();
    const { clock } = world.context;
    const waits: unknown[] = [];
    const sleep: typeof clock.sleep = (durationMs, signal, options) => {
      waits.push([durationMs, options]);
      return clock.sleep(durationMs, signal, options);
    };
    const leases = new CatalogLeases({
      ...world.context,
      sql: engineOf(world),
      entropy: webCryptoEntropy,
      clock: { ...clock, sleep },
    });
    const lease = await acquireLease(leases, REQUEST);
    await lease.release();
    expect(waits).toEqual([[1_800_000, { background: true }]]);
    await systemClock.sleep(1, undefined, { background: true });
  });

  it("ends at an opening that writes, and leaves what was placed on record unless a row names it", async () => {
    const { clock, sql, leases } = await create();
    const world = await openWorld({ sql });
    const { record } = await world.ingest("hello");
    for (const uri of [REQUEST.uri, record.storageUri]) {
      const lease = await acquireLease(leases, { ...REQUEST, uri });
      lease.identify("1:2");
      await clock.advance(20);
      lease.end();
    }
    const reading = await reopen(world, { sql, clock, readOnly: true });
    await clock.advance(3_600_001);
    await reading.checkpoint();
    expect((await leased(sql)).length).toBe(2);
    await reopen(world, { sql, clock });
    expect(await leased(sql)).toEqual([]);
    expect(await abandoned(sql)).toEqual([[REQUEST.uri, "placed", null, 5, "1:2"]]);
  });

  it("ends before a checkpoint, however many leases there are", async () => {
    const { clock, sql, leases } = await create();
    const world = await openWorld({ sql });
    const catalog = await reopen(world, { sql, clock });
    const many = Array.from({ length: 501 }, (_, n) => ({ ...REQUEST, uri: parseStorageUri(`file:///root/${n}`) }));
    for (const lease of await leases.acquire(many)) lease.end();
    await catalog.checkpoint();
    expect((await leased(sql)).length).toBe(501);
    await clock.advance(3_600_001);
    await catalog.checkpoint();
    expect([await leased(sql), (await abandoned(sql)).length]).toEqual([[], 501]);
  });

  it("is not over when somebody renewed it meanwhile", async () => {
    const { clock, sql, leases } = await create();
    (await acquireLease(leases, REQUEST)).end();
    await clock.advance(3_600_001);
    const query = sql.query.bind(sql);
    const later = "2999-01-01T00:00:00.000Z";
    Object.assign(sql, {
      query: async (...given: Parameters<typeof query>) => {
        const rows = await query(...given);
        if (given[0].sql.includes("expires_at <"))
          await sql.batch([{ sql: "UPDATE leases SET expires_at = ?", parameters: [later] }]);
        return rows;
      },
    });
    await endExpiredLeases({ sql, clock });
    expect([await leased(sql), await abandoned(sql)]).toEqual([[REQUEST.uri], []]);
  });

  it("does not keep a catalog from being opened when ending them fails", async () => {
    const { clock, sql, leases } = await create();
    const world = await openWorld({ sql });
    (await acquireLease(leases, REQUEST)).end();
    await clock.advance(3_600_001);
    const batch = sql.batch.bind(sql);
    Object.assign(sql, { batch: () => Promise.reject(new Error("busy")) });
    await reopen(world, { sql, clock });
    expect(world.logs).toContain("warn: Could not end leases whose time is over");
    Object.assign(sql, { batch });
    expect(await leased(sql)).toEqual([REQUEST.uri]);
  });
});

describe("taking leases", () => {
  it("shares a batch with those that are wanted meanwhile", async () => {
    const { sql, leases } = await create();
    const batches = countBatches(sql);
    const many = Array.from({ length: 20 }, (_, n) => ({ ...REQUEST, uri: parseStorageUri(`file:///root/${n}`) }));
    await Promise.all(many.map((each) => leases.acquire([each])));
    expect([batches.count, (await leased(sql)).length]).toEqual([1, 20]);
    expect(await leases.acquire([])).toEqual([]);
  });

  it("fails for all that share a batch, and works again afterwards", async () => {
    const { clock, sql, leases, logs } = await create();
    const batch = sql.batch.bind(sql);
    Object.assign(sql, { batch: () => Promise.reject(new Error("busy")) });
    const both = await Promise.allSettled([leases.acquire([REQUEST]), leases.acquire([REQUEST])]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    Object.assign(sql, { batch });
    const lease = await acquireLease(leases, REQUEST);
    Object.assign(sql, { batch: () => Promise.reject(new Error("busy")) });
    lease.identify("1:2");
    await clock.advance(20);
    await lease.release();
    await lease.release();
    expect(logs.sort()).toEqual([
      "warn: Could not end a lease; it ends when its time is over",
      "warn: Could not record the files of leases",
    ]);
  });

  it("records files of those that are held still after a moment, or with what is written before", async () => {
    const { clock, sql, leases } = await create();
    const identities = async (): Promise<readonly unknown[]> =>
      (await sql.query({ sql: "SELECT identity FROM leases ORDER BY identity" })).flat();
    const acquire = (): Promise<Lease> => acquireLease(leases, REQUEST);
    const [first, second, third] = [await acquire(), await acquire(), await acquire()];
    first.identify("1:1");
    second.identify("1:2");
    second.identify(undefined);
    third.identify("1:3");
    third.end();
    expect(await identities()).toEqual([null, null, null]);
    await acquire();
    expect(await identities()).toEqual([null, null, null, "1:1"]);
    const batches = countBatches(sql);
    await clock.advance(20);
    expect(batches.count).toBe(0);
    second.identify("1:2");
    await clock.advance(20);
    expect([batches.count, await identities()]).toEqual([1, [null, null, "1:1", "1:2"]]);
  });
});
