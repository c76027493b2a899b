import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CatalogError, isCatalogError } from "../../../../src/errors.ts";
import { DAY_MS, DecideWorld, daysAgo, listReasons, uriOf } from "./_decide-world.ts";

let world: DecideWorld;
beforeAll(async () => {
  world = await DecideWorld.open();
});
afterAll(() => world.sql.close());
beforeEach(() => world.reset());

const OLD = { olderThanMs: 30 * DAY_MS };

describe("copies", () => {
  it("are blobs: rows that share one count once, however they write its place", async () => {
    const shared = uriOf("shared.pdf");
    await world.addWithFile({ storage_uri: shared });
    await world.add({ storage_uri: shared });
    await world.add({ storage_uri: `file://${ROOT_WITH_ESCAPE}/shared.pdf` });
    expect(await world.reasons({ ...OLD, keepCopies: 2 })).toEqual({
      1: "older_than",
      2: "older_than",
      3: "last_copy",
    });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({
      1: "older_than",
      2: "older_than",
      3: "last_copy",
    });
    expect(await world.reasons(OLD)).toEqual({ 1: "older_than", 2: "older_than", 3: "older_than" });
  });

  it("are files that are there, of the size on record", async () => {
    await world.addWithFile({ created_at: daysAgo(100) });
    await world.add({ created_at: daysAgo(90) });
    await world.add({ created_at: daysAgo(80) });
    await world.write(uriOf("3.pdf"), 9);
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({
      1: "last_copy",
      2: "older_than",
      3: "older_than",
    });
  });

  it("are not bad by their last verification", async () => {
    await world.addWithFile({ created_at: daysAgo(100) });
    await world.addWithFile({ created_at: daysAgo(90) });
    await world.verified(uriOf("2.pdf"), "mismatch");
    await world.verified(uriOf("1.pdf"), "ok");
    await world.verified(uriOf("nobody.pdf"), "missing");
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({ 1: "last_copy", 2: "older_than" });
  });

  it("are one where two names are those of one file", async () => {
    for (const days of [100, 90, 80]) await world.addWithFile({ created_at: daysAgo(days) });
    await world.fs.unlink("/data/docs/3.pdf");
    await world.fs.link("/data/docs/2.pdf", "/data/docs/3.pdf");
    expect(await world.reasons({ ...OLD, keepCopies: 2 })).toEqual({ 1: "last_copy", 2: "older_than", 3: "last_copy" });
  });

  it("are all held where there are too few", async () => {
    await world.add({ created_at: daysAgo(100) });
    await world.add({ created_at: daysAgo(90) });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({ 1: "last_copy", 2: "last_copy" });
  });

  it("are counted by artifact, and by source URL as well where add made the id up", async () => {
    const made = { artifact_id: "file:/data/x.pdf" };
    await world.addWithFile({ artifact_id: "doi:b" });
    await world.addWithFile({ artifact_id: "doi:b", resolver: "other" });
    await world.addWithFile({ ...made, source_url: "file:///data/x.pdf" });
    await world.addWithFile({ ...made, source_url: "file:///mnt/x.pdf" });
    await world.addWithFile({ ...made, source_url: "file:///mnt/x.pdf", resolver: "other" });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({
      1: "older_than",
      2: "last_copy",
      3: "last_copy",
      4: "older_than",
      5: "last_copy",
    });
  });

  it("may lie elsewhere: files are looked at, and objects that nobody can look at are taken as on record", async () => {
    await world.addWithFile({ storage_uri: "file:///mnt/a.pdf", created_at: daysAgo(100) });
    await world.add({ storage_uri: "file:///mnt/gone.pdf", created_at: daysAgo(90) });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({ 1: "last_copy", 2: "older_than" });
    await world.add({ storage_uri: "s3://bucket/a.pdf", created_at: daysAgo(80) });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({
      1: "older_than",
      2: "older_than",
      3: "last_copy",
    });
  });
});

describe("copies in a bucket", () => {
  it("are objects that are there, of the size on record", async () => {
    for (const [at, name] of ["a", "b", "c"].entries()) {
      await world.add({ storage_uri: `s3://bucket/${name}`, created_at: daysAgo(100 - at) });
    }
    await world.write(uriOf("a"));
    await world.write(uriOf("b"), 9);
    world.useBucket();
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({
      1: "last_copy",
      2: "older_than",
      3: "older_than",
    });
  });
});

/** The root, with an escape where there needs none, as rows of before may have it. */
const ROOT_WITH_ESCAPE = "/data/%64ocs";

describe("rules", () => {
  it("go by age and number, together where both are given, and a time in the future is the youngest", async () => {
    for (const days of [100, 40, 20, -5]) await world.add({ created_at: daysAgo(days) });
    expect(await world.reasons(OLD)).toEqual({ 1: "older_than", 2: "older_than", 3: "not_older", 4: "not_older" });
    expect(await world.reasons({ keepLast: 1 })).toEqual({
      1: "beyond_last",
      2: "beyond_last",
      3: "beyond_last",
      4: "among_last",
    });
    expect(await world.reasons({ ...OLD, keepLast: 3 })).toEqual({
      1: "older_than",
      2: "among_last",
      3: "not_older",
      4: "not_older",
    });
  });

  it("are about resolvers, media types and runs that the policy names", async () => {
    await world.add({});
    await world.add({ resolver: "other" });
    await world.add({ content_type: null });
    await world.add({ run_id: "run-1" });
    const outside = "out_of_scope";
    const policies = [{ resolvers: ["unpaywall"] }, { contentTypes: ["application/PDF"] }, { runIds: ["run-1", "x"] }];
    const [resolver, type, run] = await Promise.all(policies.map((each) => world.reasons({ ...OLD, ...each })));
    expect(resolver).toMatchObject({ 1: "older_than", 2: outside });
    expect(type).toMatchObject({ 1: "older_than", 3: outside });
    expect(run).toEqual({ 1: outside, 2: outside, 3: outside, 4: "older_than" });
  });

  it("say what they come to, in numbers", async () => {
    await world.add({ bytes: 7 });
    await world.add({ created_at: daysAgo(1) });
    const seen: number[] = [];
    const { summary } = await world.decide(OLD, { onProgress: (rows) => seen.push(rows) });
    expect(summary).toEqual({
      rows: 2,
      dropped: 1,
      freedFiles: 1,
      freedBytes: 7,
      reasons: { older_than: 1, not_older: 1 },
      unmet: [],
      sequence: (await world.sql.describe()).sequence,
    });
    expect(seen).toEqual([2]);
  });

  it("come to nothing where there is nothing", async () => {
    expect((await world.decide({ ...OLD, maxFiles: 0, keepLast: 0 })).summary).toMatchObject({ rows: 0, unmet: [] });
    expect(await world.reasons(OLD)).toEqual({});
  });
});

describe("what is held", () => {
  it("is what a pin holds: a row, an artifact, a hash, a place, also of a variant", async () => {
    const hash = (digit: string): string => digit.repeat(64);
    await world.add({});
    await world.add({ artifact_id: "doi:pinned" });
    await world.add({ sha256: hash("a") });
    await world.add({ storage_uri: `file://${ROOT_WITH_ESCAPE}/place.pdf` });
    await world.add({});
    await world.add({});
    await world.add({});
    await world.addVariant(5, uriOf("5.html"), { sha256: hash("b") });
    await world.addVariant(6, uriOf("6.html"));
    await world.addVariant(7, uriOf("7.html"), { sha256: hash("c") });
    await world.pin("uri", uriOf("place.pdf"));
    await world.pin("uri", uriOf("6.html"));
    await world.pin("uri", uriOf("nobody.pdf"));
    expect(await world.reasons(OLD)).toMatchObject({ 1: "older_than", 4: "pinned", 5: "older_than", 6: "pinned" });
    await world.pin("document", "1");
    await world.pin("artifact", "doi:pinned");
    await world.pin("sha256", hash("a"));
    await world.pin("sha256", hash("b"));
    const held = Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, "pinned"]));
    expect(await world.reasons(OLD)).toEqual({ ...held, 7: "older_than" });
  });

  it("is what has a lease, also one of which the time is over, and also of a variant", async () => {
    await world.add({});
    await world.add({});
    await world.add({});
    await world.addVariant(2, uriOf("2.html"));
    await world.lease(uriOf("1.pdf"));
    await world.lease(uriOf("2.html"));
    await world.lease(uriOf("nobody.pdf"));
    expect(await world.reasons(OLD)).toEqual({ 1: "leased", 2: "leased", 3: "older_than" });
  });
});

describe("damaged rows", () => {
  it("stay, are no copies, and do not keep others from being decided about", async () => {
    await world.addWithFile({});
    await world.add({ created_at: "yesterday" });
    await world.add({ created_at: new Uint8Array([1]) });
    await world.add({ artifact_id: new Uint8Array([1]) });
    await world.add({ storage_uri: new Uint8Array([1]) });
    await world.add({ bytes: 2 ** 53 });
    await world.add({ updated_at: "then" });
    await world.add({ artifact_id: "file:x", source_url: new Uint8Array([1]) });
    await world.add({ source_url: "x".repeat(200_000) });
    await world.add({ id: -4 });
    const damaged = Object.fromEntries([-4, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => [id, "damaged"]));
    const decided = await world.decide({ ...OLD, keepCopies: 1 });
    expect(await listReasons(decided)).toEqual({ ...damaged, 1: "last_copy" });
    expect(decided.summary.reasons).toEqual({ last_copy: 1, damaged: 9 });
    expect(await world.reasons(OLD)).toEqual({ ...damaged, 1: "older_than" });
  });

  it("are listed with what can be read, also where only the list finds out", async () => {
    await world.add({ updated_at: "2026-01-01 00:00:00.0000" });
    for await (const page of (await world.decide(OLD)).rows()) {
      expect(page).toMatchObject([{ id: 1, action: "keep_row", reason: "damaged", artifactId: "doi:a" }]);
      expect(page[0]).not.toHaveProperty("updatedAt");
    }
  });

  it("are read within bounds where a page cannot be read otherwise", async () => {
    await world.add({});
    await world.addVariant(1, uriOf("1.html"));
    const failAs = (code: "CORRUPT" | "BACKEND"): void =>
      world.beforeQueries(async ({ sql }) => {
        const isPage = / FROM (documents|variants) WHERE id > /.test(sql) && !sql.includes("substr(storage_uri");
        if (isPage) throw new CatalogError(code, "Cannot read", { details: { what: "page", path: "/x" } });
      });
    failAs("CORRUPT");
    expect(await world.reasons(OLD)).toEqual({ 1: "older_than" });
    failAs("BACKEND");
    await expect(world.decide(OLD)).rejects.toMatchObject({ code: "BACKEND" });
  });
});

describe("what changes after the decision", () => {
  it("stays: a row that names another place, or has another time, and a new one; what is gone is not listed", async () => {
    for (let n = 0; n < 4; n++) await world.add({});
    const decided = await world.decide(OLD);
    await world.run("UPDATE documents SET storage_uri = ? WHERE id = 1", uriOf("other.pdf"));
    await world.run("UPDATE documents SET created_at = ? WHERE id = 2", daysAgo(99));
    await world.run("DELETE FROM documents WHERE id = 3");
    await world.add({});
    expect(await listReasons(decided)).toEqual({ 1: "changed", 2: "changed", 4: "older_than", 5: "changed" });
    expect(decided.summary.dropped).toBe(4);
  });

  it("is no copy: a row that names another place when its file is looked at", async () => {
    await world.addWithFile({ created_at: daysAgo(100) });
    await world.addWithFile({ created_at: daysAgo(90) });
    world.beforeQueries(async ({ sql }) => {
      if (sql.includes(" IN (")) await world.run("UPDATE documents SET storage_uri = 's3://x/y' WHERE id = 2");
    });
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toMatchObject({ 1: "last_copy" });
  });
});

describe("caps", () => {
  it("count what rows and variants name once, and take the oldest blobs", async () => {
    for (const days of [40, 30, 20, 3]) await world.add({ created_at: daysAgo(days), artifact_id: `doi:${days}` });
    await world.add({ created_at: daysAgo(10), storage_uri: uriOf("1.pdf") });
    await world.addVariant(2, uriOf("2.html"), { bytes: 5 });
    await world.addVariant(99, uriOf("dangling.html"), { bytes: 1000 }).catch(() => undefined);
    await world.addVariant(3, new Uint8Array([1]));
    const decided = await world.decide({ maxTotalBytes: 30 });
    expect(decided.summary).toMatchObject({ freedBytes: 15, freedFiles: 2, unmet: [], dropped: 1 });
    expect(await listReasons(decided)).toMatchObject({ 2: "max_total_size", 3: "within_caps" });
    const unmet = await world.decide({ maxFiles: 0 });
    expect(unmet.summary.unmet).toEqual([{ cap: "max_files", limit: 0, remaining: 1 }]);
    expect(await listReasons(unmet)).toMatchObject({ 1: "max_files", 5: "max_files", 4: "min_age" });
  });

  it("look at what is free on the device of the root, also where that is not there yet", async () => {
    await world.reset({ freeBytes: () => 100 });
    await world.add({ created_at: daysAgo(40) });
    await world.add({ created_at: daysAgo(50), storage_uri: "file:///mnt/elsewhere.pdf" });
    await world.add({ created_at: daysAgo(30), storage_uri: uriOf("with%20space.pdf") });
    const decided = await world.decide({ minFreeBytes: 120 });
    expect(decided.summary).toMatchObject({ freedBytes: 20, unmet: [] });
    expect(await listReasons(decided)).toEqual({ 1: "min_free", 2: "frees_nothing", 3: "min_free" });
    expect((await world.decide({ minFreeBytes: 121 })).summary.unmet).toMatchObject([{ remaining: 120 }]);
  });

  it("are refused where nobody can tell what is free, and name the way on", async () => {
    const error = await world.decide({ minFreeBytes: 1 }).catch((failure: unknown) => failure);
    expect(isCatalogError(error, "UNSUPPORTED") && error.hint).toContain("--allow-sys");
    expect(error).toMatchObject({
      message: expect.stringContaining(`Cannot tell how much is free where "/data/docs" is`),
    });
    Object.assign(world.context, { store: undefined });
    await expect(world.decide({ minFreeBytes: 1 })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    // Without a store everything is told by its path.
    await world.addWithFile({});
    await world.addWithFile({});
    expect(await world.reasons({ ...OLD, keepCopies: 1 })).toEqual({ 1: "older_than", 2: "last_copy" });
  });
});

describe("many rows", () => {
  it("are read in pages, and looked at in lots", async () => {
    const rows = 4500;
    await world.sql.batch(
      Array.from({ length: rows }, (_, n) => ({
        sql: `INSERT INTO documents (id, artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
              VALUES (?, ?, ?, 'x', 10, ?, ?, ?)`,
        parameters: [n + 1, `doi:${n % 1500}`, `${n}`, uriOf(`${n + 1}`), daysAgo(50), daysAgo(50)],
      })),
    );
    await world.run(
      `INSERT INTO verifications (uri, result, strength, checked_at, bad_since)
       SELECT storage_uri, 'mismatch', 'full', ?, ? FROM documents WHERE id <= 2100 ORDER BY id`,
      ...[daysAgo(2), daysAgo(2)],
    );
    for (let n = 0; n < 2100; n++) if (n % 700 === 0) await world.lease(`file:///data/docs/${4500 - n}`);
    const controller = new AbortController();
    const decided = await world.decide({ ...OLD, keepCopies: 1 }, { signal: controller.signal });
    // No file is there.
    expect(decided.summary).toMatchObject({ rows, dropped: 0, reasons: { last_copy: rows - 3, leased: 3 } });
    expect(Object.keys(await listReasons(decided))).toHaveLength(rows);
    controller.abort(new Error("enough"));
    await expect(world.decide(OLD, { signal: controller.signal })).rejects.toThrow("enough");
  });
});
