import { describe, expect, it } from "vitest";
import { formatCursor, parseQuery, type SearchQuery } from "../../src/core/query.ts";

describe("parseQuery", () => {
  it("turns every filter into a condition", () => {
    const query: SearchQuery = {
      artifactId: "a",
      sourceUrl: "u",
      resolver: "r",
      runId: "n",
      contentType: "Image/*",
      sha256: "ABCD",
      storageUriPrefix: "file:///x",
      text: "t",
      minBytes: 1,
      maxBytes: 2,
      since: "2025-01-01",
      until: new Date(0),
      hashed: true,
    };
    const parsed = parseQuery(query).conditions.map(({ column, operator, value }) => `${column} ${operator} ${value}`);
    expect(parsed).toEqual([
      "artifact_id = a",
      "source_url = u",
      "resolver = r",
      "run_id = n",
      "content_type prefix image/",
      "sha256 prefix abcd",
      "storage_uri prefix file:///x",
      "text contains t",
      "sha256 is-not-null ",
      "bytes >= 1",
      "bytes <= 2",
      "created_at >= 2025-01-01T00:00:00.000Z",
      "created_at < 1970-01-01T00:00:00.000Z",
    ]);
    expect(parseQuery({ contentType: "text/html" }).conditions[0]?.operator).toBe("media-type");
    expect(parseQuery({ hashed: false }).conditions[0]?.operator).toBe("is-null");
  });

  it("has defaults", () => {
    expect(parseQuery({})).toMatchObject({ conditions: [], sort: "id", descending: false, after: undefined });
  });

  it.each([
    [{ sort: "size" as "bytes" }, TypeError, 'Cannot sort by "size"'],
    [{ order: "up" as "ascending" }, TypeError, 'in order "up"'],
    [{ limit: -1 }, RangeError, "limit -1"],
    [{ minBytes: 0.5 }, RangeError, "minBytes"],
    [{ sha256: "ab" }, SyntaxError, "hash prefix"],
    [{ since: "soon" }, SyntaxError, "time"],
    [{ resolver: "" }, TypeError, "resolver"],
    [{ cursor: "%%%" }, SyntaxError, "Cannot read cursor"],
    [{ cursor: btoa("[1]") }, SyntaxError, "Cannot read cursor"],
    [{ cursor: btoa("{}") }, SyntaxError, "Cannot read cursor"],
  ])("refuses %j", (query, type, message) => {
    expect(() => parseQuery(query)).toThrow(type);
    expect(() => parseQuery(query)).toThrow(message);
  });
});

describe("formatCursor", () => {
  it("comes back as the position, for the same query only", () => {
    const query: SearchQuery = { resolver: "r", sort: "artifact_id" };
    const cursor = formatCursor(parseQuery(query), { value: "名前?/+", id: 7 });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(parseQuery({ ...query, cursor, limit: 5 }).after).toEqual({ value: "名前?/+", id: 7 });
    expect(() => parseQuery({ ...query, order: "descending", cursor })).toThrow("other filters, sort or order");
    expect(() => parseQuery({ ...query, resolver: "s", cursor })).toThrow("other filters, sort or order");
  });
});
