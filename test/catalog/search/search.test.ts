import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { SearchQuery } from "../../../src/core/query.ts";
import { collect, digestOf, openForTest, registrationOf } from "../_open-for-test.ts";

let catalog: Catalog;
beforeEach(async () => {
  catalog = await openForTest();
});
afterEach(() => catalog.close());

describe("search", () => {
  beforeEach(async () => {
    await catalog.registerMany(
      Array.from({ length: 25 }, (_, n) =>
        registrationOf(n, {
          resolver: n % 2 ? "crossref" : "unpaywall",
          contentType: n % 5 === 0 ? "text/html; charset=utf-8" : "application/pdf",
          sha256: n === 24 ? null : digestOf((n % 4).toString()),
          createdAt: Date.UTC(2025, 0, 1 + (n % 7)),
          runId: `run-${n % 3}`,
          storageUri: n === 3 ? "s3://bucket/100%_sure" : `file:///data/${n}`,
        }),
      ),
    );
  });

  const numbers = async (query: SearchQuery): Promise<number[]> =>
    (await collect(catalog.search(query))).map(({ id }) => id - 1);

  it.each<[SearchQuery, (n: number) => boolean]>([
    [{}, () => true],
    [{ artifactId: "doi:10.1/3" }, (n) => n === 3],
    [{ sourceUrl: "https://example.org/4" }, (n) => n === 4],
    [{ resolver: "crossref" }, (n) => n % 2 === 1],
    [{ runId: "run-2", resolver: "crossref" }, (n) => n % 3 === 2 && n % 2 === 1],
    [{ contentType: "TEXT/html" }, (n) => n % 5 === 0],
    [{ contentType: "application/*" }, (n) => n % 5 !== 0],
    [{ contentType: "text" }, () => false],
    [{ sha256: "2222" }, (n) => n % 4 === 2 && n !== 24],
    [{ storageUriPrefix: "s3://" }, (n) => n === 3],
    [{ text: "/100%_SURE" }, (n) => n === 3],
    [{ text: "_" }, (n) => n === 3],
    [{ text: "\\" }, () => false],
    [{ minBytes: 110, maxBytes: 112 }, (n) => n >= 10 && n <= 12],
    [{ since: "2025-01-06" }, (n) => n % 7 >= 5],
    [{ since: "2025-01-02", until: "2025-01-03" }, (n) => n % 7 === 1],
    [{ hashed: false }, (n) => n === 24],
    [{ hashed: true }, (n) => n !== 24],
  ])("finds what matches %j", async (query, matches) => {
    expect(await numbers(query)).toEqual(Array.from({ length: 25 }, (_, n) => n).filter(matches));
  });

  it.each(["id", "created_at", "updated_at", "bytes", "artifact_id", "source_url"] as const)(
    "pages through results sorted by %s, both ways, each once",
    async (sort) => {
      const ascending = await numbers({ sort });
      expect([...ascending].sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
      for (const order of ["ascending", "descending"] as const) {
        const paged: number[] = [];
        let cursor: string | undefined;
        do {
          const page = await catalog.searchPage({ sort, order, pageSize: 4, cursor });
          paged.push(...page.records.map(({ id }) => id - 1));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(order === "ascending" ? ascending : [...ascending].reverse());
      }
    },
  );

  it("stops at the limit and goes on at a cursor", async () => {
    expect(await numbers({ limit: 3 })).toEqual([0, 1, 2]);
    expect(await numbers({ limit: 0 })).toEqual([]);
    const { cursor } = await catalog.searchPage({ pageSize: 20 });
    expect(await numbers({ cursor })).toEqual([20, 21, 22, 23, 24]);
    await expect(catalog.searchPage({ pageSize: 0 })).rejects.toThrow(RangeError);
    await expect(catalog.searchPage({ cursor, resolver: "x" })).rejects.toThrow("cursor");
  });

  it("reads large results while somebody iterates", async () => {
    const many = Array.from({ length: 1200 }, (_, n) => registrationOf(n, { resolver: "many" }));
    await catalog.registerMany(many);
    expect(await numbers({ resolver: "many" })).toHaveLength(1200);
    const stopped = catalog.search({ resolver: "many" }, { signal: AbortSignal.abort(new Error("enough")) });
    await expect(collect(stopped)).rejects.toThrow("enough");
  });

  it("finds text as people read it among many that may contain it, page by page", async () => {
    const encoded = (n: number): string =>
      `file:///docs/${n % 400 === 7 ? "gr%C3%BC%C3%9Fe" : "m%C3%BCller"}%20${n}.pdf`;
    const many = Array.from({ length: 1300 }, (_, n) =>
      registrationOf(n, { resolver: "encoded", storageUri: encoded(n) }),
    );
    await catalog.registerMany(many);
    const wanted = [7, 407, 807, 1207];
    const found = await collect(catalog.search({ text: "GRU\u0308SSE", resolver: "encoded" }));
    expect(found.map(({ storageUri }) => storageUri)).toEqual(wanted.map(encoded));
    for (const order of ["ascending", "descending"] as const) {
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const query: SearchQuery = { text: "Grüße ", resolver: "encoded", order };
        const page = await catalog.searchPage({ ...query, pageSize: 3, cursor });
        paged.push(...page.records.map(({ storageUri }) => storageUri));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(paged).toEqual((order === "ascending" ? wanted : [...wanted].reverse()).map(encoded));
    }
    expect(await collect(catalog.search({ text: "grüße x" }))).toEqual([]);
  });
});
