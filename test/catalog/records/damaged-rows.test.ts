import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { SEARCH_SORTS } from "../../../src/core/query.ts";
import type { CatalogError } from "../../../src/errors.ts";
import { collect, openForTest, registrationOf } from "../_open-for-test.ts";
import { openDamaged, WITHOUT_NOT_NULL } from "./_damaged-catalog.ts";

const NOT_TEXT = ["x'00ff'", "NULL"];
const LONG = (length: number): string => `substr(replace(hex(zeroblob(${length})), '0', 'a'), 1, ${length})`;
const NO_SIZE = ["'many'", "x'01'", "1.5", "-1", "9007199254740992", "9223372036854775807"];
const NO_TIME = ["'yesterday'", "''", "'2025-01-01T24:00:00,000Z'", "'2025-01-01T00:00:00Z'", "7", LONG(200_000)];
const NO_HASH = ["'abc'", `'${"A".repeat(64)}'`, `x'${"aa".repeat(64)}'`, LONG(200_000)];

/** Values that no row may have, by column, in SQL. */
const DOCUMENT_VALUES: Readonly<Record<string, readonly string[]>> = {
  artifact_id: [...NOT_TEXT, LONG(65_537), LONG(200_000), "replace(hex(zeroblob(100000)), '00', 'ä')"],
  source_url: [...NOT_TEXT, LONG(65_537), LONG(200_000)],
  resolver: [...NOT_TEXT, LONG(65_537), LONG(200_000)],
  content_type: ["x'00'", LONG(65_537), LONG(200_000)],
  bytes: [...NO_SIZE, "NULL"],
  sha256: NO_HASH,
  storage_uri: [...NOT_TEXT, LONG(65_537), LONG(200_000)],
  created_at: [...NO_TIME, ...NOT_TEXT],
  updated_at: [...NO_TIME, ...NOT_TEXT],
  run_id: ["x'00'", LONG(65_537), LONG(200_000)],
};

const VARIANT_VALUES: Readonly<Record<string, readonly string[]>> = {
  variant: [...NOT_TEXT, LONG(65_537), LONG(200_000)],
  storage_uri: [...NOT_TEXT, LONG(65_537), LONG(200_000)],
  bytes: NO_SIZE,
  content_type: ["x'00'", LONG(200_000)],
  sha256: NO_HASH,
  created_at: [...NO_TIME, ...NOT_TEXT],
};

function cases(values: Readonly<Record<string, readonly string[]>>): [column: string, value: string][] {
  return Object.entries(values).flatMap(([column, all]) => all.map((value): [string, string] => [column, value]));
}

/** A text that sends nothing to a terminal and fits into a few lines. */
const SHOWABLE = /^[^\u0000-\u001f\u007f-\u009f]{1,400}$/;

function damageOf(table: string, id: number | null, column: string) {
  const hint = expect.stringMatching(SHOWABLE);
  return { code: "CORRUPT", details: { row: { table, id, column } }, message: expect.stringMatching(SHOWABLE), hint };
}

describe("a document with a value that no row may have", () => {
  it.each(cases(DOCUMENT_VALUES))("is CORRUPT, and can be removed: %s is %s", async (column, value) => {
    const catalog = await openDamaged(`${WITHOUT_NOT_NULL} UPDATE documents SET ${column} = ${value} WHERE id = 2`);
    const damage = damageOf("documents", 2, column);
    await expect(catalog.findById(2)).rejects.toMatchObject(damage);
    await expect(catalog.findById(2)).rejects.toMatchObject({ hint: expect.stringContaining("catalog remove 2") });
    await expect(collect(catalog.search())).rejects.toMatchObject(damage);
    for (const sort of SEARCH_SORTS) {
      const damaged: CatalogError[] = [];
      const onDamagedRow = (error: CatalogError): void => void damaged.push(error);
      const found = await collect(catalog.search({ sort }, { onDamagedRow }));
      expect(found.map(({ id }) => id).sort()).toEqual([1, 3]);
      expect(damaged).toMatchObject([damage]);
    }
    expect(await catalog.remove([2])).toMatchObject([{ id: 2, record: undefined, variants: 1 }]);
    expect((await collect(catalog.search())).map(({ id }) => id)).toEqual([1, 3]);
    expect(await catalog.stats()).toMatchObject({ documents: 2, variants: 0, removals: 2 });
    await catalog.close();
  });

  it("makes the figures CORRUPT where it only looks like a time", async () => {
    for (const time of ["0000-00-00T00:00:00.000Z", "9999-99-99T00:00:00.000Z"]) {
      const catalog = await openDamaged(`UPDATE documents SET created_at = '${time}' WHERE id = 2`);
      await expect(catalog.stats()).rejects.toMatchObject(damageOf("documents", 2, "created_at"));
      await catalog.close();
    }
  });

  it.each(cases({ ...DOCUMENT_VALUES, bytes: [] }))("leaves the figures right: %s is %s", async (column, value) => {
    const catalog = await openDamaged(`${WITHOUT_NOT_NULL} UPDATE documents SET ${column} = ${value} WHERE id = 2`);
    const stats = await catalog.stats();
    expect(stats).toMatchObject({ documents: 3, bytes: 306 });
    expect(stats.oldest).toMatch(/^2/);
    for (const { name } of [...stats.byResolver, ...stats.byContentType])
      expect(name ?? "").toMatch(/^[^\0]{0,20000}$/);
    await catalog.close();
  });

  it.each(DOCUMENT_VALUES["bytes"] ?? [])("makes the figures CORRUPT: bytes is %s", async (value) => {
    const catalog = await openDamaged(`${WITHOUT_NOT_NULL} UPDATE documents SET bytes = ${value} WHERE id = 2`);
    await expect(catalog.stats()).rejects.toMatchObject(damageOf("documents", 2, "bytes"));
    await catalog.close();
  });

  it.each(["-5", "0", "9007199254740993"])("is CORRUPT without a hint to remove it: id is %s", async (id) => {
    const catalog = await openDamaged(`UPDATE documents SET id = ${id} WHERE id = 2`);
    const error: CatalogError = await collect(catalog.search()).catch((caught) => caught);
    expect(error).toMatchObject({ code: "CORRUPT", details: { row: { table: "documents", column: "id" } } });
    expect(error.hint).not.toContain("remove");
    const onDamagedRow = (): void => {};
    expect((await collect(catalog.search({}, { onDamagedRow }))).map((record) => record.id)).toEqual([1, 3]);
    await catalog.close();
  });
});

describe("the error of a damaged row", () => {
  it.each([
    ["source_url", `'https://user:hunter2@example.org/' || ${LONG(70_000)}`],
    ["source_url", `'https://user:hunter2@example.org/' || ${LONG(200_000)}`],
    ["created_at", "'https://user:hunter2@example.org/'"],
  ])("shows no secret: %s is %s", async (column, value) => {
    const catalog = await openDamaged(`UPDATE documents SET ${column} = ${value} WHERE id = 2`);
    const error: CatalogError = await catalog.findById(2).catch((caught) => caught);
    expect(error).toMatchObject(damageOf("documents", 2, column));
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain("hunter2");
    await catalog.close();
  });
});

describe("a key that is registered again without its secrets", () => {
  it("leaves a damaged row alone that begins like it", async () => {
    const [artifactId, sourceUrl] = ["doi:10.1/9", "https://example.org/9"];
    const catalog = await openDamaged(
      `UPDATE documents SET artifact_id = '${artifactId}', source_url = '${sourceUrl}?' || ${LONG(200_000)} WHERE id = 2`,
    );
    const again = registrationOf(9, { artifactId, sourceUrl: `${sourceUrl}?token=hunter2` });
    const { outcome, record } = await catalog.registerOrGet(again);
    expect([outcome, record.id]).toEqual(["created", 4]);
    await catalog.close();
  });
});

describe("a variant with a value that no row may have", () => {
  it.each(cases(VARIANT_VALUES))("is CORRUPT, and goes with its document: %s is %s", async (column, value) => {
    const catalog = await openDamaged(`${WITHOUT_NOT_NULL} UPDATE variants SET ${column} = ${value}`);
    const damage = damageOf("variants", 1, column);
    await expect(catalog.listVariants(2)).rejects.toMatchObject(damage);
    expect(await catalog.remove([2])).toMatchObject([{ record: { id: 2 }, variants: 1 }]);
    expect(await catalog.stats()).toMatchObject({ documents: 2, variants: 0, removals: 2 });
    await catalog.close();
  });

  it("that belongs to no document is CORRUPT without a hint to remove it", async () => {
    const catalog = await openDamaged("UPDATE variants SET document_id = -1");
    const damage = { code: "CORRUPT", details: { row: { table: "variants", column: "document_id" } } };
    const error: CatalogError = await catalog.findVariantsByHashPrefix("aaaa").catch((caught) => caught);
    expect(error).toMatchObject(damage);
    expect(error.hint).toContain("sqlite3 shell");
    await catalog.close();
  });
});

describe("relocate", () => {
  it.each([
    ["documents", "bytes", "'many'"],
    ["documents", "storage_uri", `'file:///data/' || ${LONG(200_000)}`],
    ["variants", "variant", "x'00'"],
    ["variants", "storage_uri", `'file:///data/' || ${LONG(200_000)}`],
  ])("names a damaged row of %s: %s is %s", async (table, column, value) => {
    const id = table === "documents" ? 2 : 1;
    const catalog = await openDamaged(`UPDATE ${table} SET ${column} = ${value} WHERE id = ${id}`);
    const options = { allowMissing: true, dryRun: true };
    const relocating = catalog.relocate({ from: "/data", to: "/new" }, options);
    // What is too long does not begin as a file, and what is no file stays.
    await expect(relocating).rejects.toMatchObject(damageOf(table, id, column));
    await catalog.close();
  });
});

describe("search", () => {
  it("does not look into a text that is too long, and takes it for found", async () => {
    const catalog = await openDamaged(`UPDATE documents SET source_url = ${LONG(200_000)} WHERE id = 2`);
    const damage = damageOf("documents", 2, "source_url");
    for (const text of ["10.1/3", "é"]) {
      await expect(collect(catalog.search({ text }))).rejects.toMatchObject(damage);
      const damaged: CatalogError[] = [];
      const found = await collect(catalog.search({ text }, { onDamagedRow: (error) => void damaged.push(error) }));
      expect(found.map(({ id }) => id)).toEqual(text === "é" ? [] : [3]);
      expect(damaged).toMatchObject([damage]);
    }
    expect(await collect(catalog.search({ text: "10.1/3", artifactId: "doi:10.1/3" }))).toHaveLength(1);
    await catalog.close();
  });

  it("tells of each damaged row once, page by page, and goes on behind it", async () => {
    const catalog = await openDamaged("UPDATE documents SET created_at = 'x' || id WHERE id IN (1, 3)");
    await catalog.registerMany([4, 5, 6].map((n) => registrationOf(n)));
    for (const sort of ["id", "created_at"] as const) {
      const ids: number[] = [];
      const damaged: unknown[] = [];
      const onDamagedRow = ({ details }: CatalogError<"CORRUPT">): void => void damaged.push(details.row?.id);
      let cursor: string | undefined;
      do {
        const page = await catalog.searchPage({ sort, cursor, pageSize: 1 }, { onDamagedRow });
        ids.push(...page.records.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(ids).toEqual([2, 4, 5, 6]);
      expect(damaged).toEqual([1, 3]);
    }
    await catalog.close();
  });

  it("ends at a row behind which it cannot go on", async () => {
    const catalog = await openDamaged("UPDATE documents SET created_at = x'00'");
    const onDamagedRow = (): void => {};
    const searching = catalog.searchPage({ sort: "created_at", pageSize: 1 }, { onDamagedRow });
    await expect(searching).rejects.toMatchObject(damageOf("documents", 1, "created_at"));
    await catalog.close();
  });
});

describe("stats", () => {
  it("adds up sizes beyond 2^63", async () => {
    const catalog = await openForTest({ fs: createMemoryFileSystem() });
    const bytes = Number.MAX_SAFE_INTEGER;
    await catalog.registerMany(Array.from({ length: 1100 }, (_, n) => registrationOf(n, { bytes, sha256: null })));
    const sum = 1100 * bytes;
    expect(await catalog.stats()).toMatchObject({ bytes: sum, distinctBytes: sum, byResolver: [{ bytes: sum }] });
    await catalog.close();
  });

  it("adds up different contents beyond 2^63", async () => {
    const catalog = await openForTest({ fs: createMemoryFileSystem() });
    const bytes = Number.MAX_SAFE_INTEGER;
    const hash = (n: number): string => n.toString(16).padStart(64, "0");
    await catalog.registerMany(Array.from({ length: 1100 }, (_, n) => registrationOf(n, { bytes, sha256: hash(n) })));
    expect(await catalog.stats()).toMatchObject({ distinctBytes: 1100 * bytes, distinctHashes: 1100 });
    await catalog.close();
  });
});

describe("a catalog id that is none", () => {
  it.each(["'../../x'", "x'00'", LONG(200_000)])("is CORRUPT before a file is named after it: %s", async (value) => {
    const catalog = await openDamaged(`UPDATE meta SET value = ${value} WHERE key = 'catalog_id'`);
    const request = { artifactId: "a", sourceUrl: "https://example.org/a", resolver: "r" };
    const ingesting = catalog.ingest(new Uint8Array(3), request);
    await expect(ingesting).rejects.toMatchObject({ code: "CORRUPT", message: expect.stringMatching(SHOWABLE) });
    await catalog.close();
  });
});

describe("ids that are used up", () => {
  it("are CORRUPT", async () => {
    const catalog = await openDamaged("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'documents'");
    await expect(catalog.registerOrGet(registrationOf(9))).rejects.toMatchObject({ code: "CORRUPT" });
    await catalog.close();
  });
});
