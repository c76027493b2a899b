import { describe, expect, it } from "vitest";
import type { FieldMap } from "../../../src/core/manifest/field-map.ts";
import { createGenericParser } from "../../../src/core/manifest/generic.ts";

const SHA = "cd".repeat(32);

function parse(text: string, fields?: FieldMap) {
  return createGenericParser({ fields, resolver: "unknown" })(JSON.parse(text));
}

describe("createGenericParser", () => {
  it("reads the catalog's own columns", () => {
    const line = {
      id: 17,
      artifact_id: "doi:10.1/a",
      source_url: "https://example.org/a",
      resolver: "crossref",
      content_type: "text/html",
      bytes: 5,
      sha256: SHA,
      storage_uri: "file:///data/with%20space.html",
      created_at: "2025-01-01T00:00:00.000Z",
      run_id: "r",
    };
    expect(parse(JSON.stringify(line))).toEqual({
      kind: "outcome",
      artifactId: "doi:10.1/a",
      sourceUrl: "https://example.org/a",
      resolver: "crossref",
      contentType: "text/html",
      path: "/data/with space.html",
      bytes: 5,
      sha256: SHA,
      createdAt: "2025-01-01T00:00:00.000Z",
      runId: "r",
      renderings: [],
    });
  });

  it("needs no more than an id and a path", () => {
    expect(parse('{"id": 17, "file": "a.bin"}')).toEqual({
      kind: "outcome",
      artifactId: "17",
      sourceUrl: null,
      resolver: "unknown",
      contentType: null,
      path: "a.bin",
      bytes: null,
      sha256: null,
      createdAt: null,
      runId: null,
      renderings: [],
    });
  });

  it("follows a field map into nested objects", () => {
    const fields = { artifactId: "meta.key", path: "file.path", bytes: "file.length", sha256: "file.sum" };
    const line = `{"id": "no", "meta": {"key": "yes"}, "file": {"path": "x", "length": "12", "sum": "${SHA}"}}`;
    expect(parse(line, fields)).toMatchObject({ artifactId: "yes", path: "x", bytes: 12, sha256: SHA });
  });

  it("prefers a field whose own name has the dot", () => {
    expect(parse('{"id": "a", "f.p": "flat", "f": {"p": "deep"}}', { path: "f.p" })).toMatchObject({ path: "flat" });
  });

  it.each([
    ['{"path": "p"}', {}],
    ['{"path": "p", "id": null, "doi": ""}', {}],
    ['{"path": "p", "__proto__": {"id": "x"}}', {}],
    ['{"path": "p"}', { artifactId: "constructor.name" }],
    ['{"path": "p", "a": "text"}', { artifactId: "a.length" }],
    ['{"path": "p", "a": null}', { artifactId: "a.b" }],
  ])("finds no id in %s", (line, fields) => {
    expect(() => parse(line, fields)).toThrow("Cannot use the line: it has no artifact id (");
  });

  it("names the fields it looked for", () => {
    expect(() => parse('{"id": "a"}', { path: "where" })).toThrow("Cannot use the line: it has no path (where)");
    expect(() => parse('{"path": "a"}')).toThrow("(artifact_id, artifactId, work_id, workId, identifier, id, doi)");
  });

  it.each([
    ['{"id": {}, "path": "p"}', "Cannot use id {}: expected a string"],
    ['{"id": 1.5, "path": "p"}', "Cannot use id 1.5: expected a string"],
    ['{"id": "a", "path": ["p"]}', 'Cannot use path ["p"]: expected a string'],
    ['{"id": "a", "path": "p", "size": "1 KB"}', 'Cannot use size "1 KB": expected a whole number of bytes'],
    ['{"id": "a", "path": "p", "size": "9007199254740993"}', "Cannot use size 9007199254740992: expected a whole"],
    ['{"id": "a", "path": "p", "sha256": "abc"}', 'Cannot use sha256 "abc": expected 64 hexadecimal characters'],
    ['{"id": "a", "path": "p", "url": 5}', "Cannot use url 5: expected a string"],
    ['{"id": "a", "path": "p", "date": 1e300}', "Cannot use date 1e+300: expected seconds or milliseconds"],
    ['{"id": "a", "path": "p", "date": "x"}', 'Cannot use date "x": expected a time'],
    ['{"id": "a", "path": "s3://bucket/key"}', 'Cannot use path "s3://bucket/key": it names no local file'],
    ['{"id": "a", "path": "file:///a%zz"}', 'Cannot use path "file:///a%zz": it names no local file'],
    ['{"id": "a", "path": "file:///a%00b"}', 'Cannot use path "/a\\x00b": it contains a NUL character'],
  ])("refuses %s, naming field and value", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it("takes a hash of unknown kind only when it looks like SHA-256", () => {
    const withHash = (value: unknown) => parse(JSON.stringify({ id: "a", path: "p", checksum: value }));
    expect(withHash("d41d8cd98f00b204e9800998ecf8427e")).toMatchObject({ sha256: null });
    expect(withHash(5)).toMatchObject({ sha256: null });
    expect(withHash(`sha256:${SHA}`)).toMatchObject({ sha256: SHA });
    expect(() => parse('{"id": "a", "path": "p", "checksum": "no"}', { sha256: "checksum" })).toThrow("checksum");
  });

  it("reads times in seconds, milliseconds and text", () => {
    const withTime = (value: unknown) => parse(JSON.stringify({ id: "a", path: "p", timestamp: value }));
    const expected = { createdAt: "2025-01-01T00:00:00.000Z" };
    expect(withTime(1735689600)).toMatchObject(expected);
    expect(withTime(1735689600000)).toMatchObject(expected);
    expect(withTime("2025-01-01")).toMatchObject(expected);
  });

  it("refuses an empty name in the field map", () => {
    expect(() => createGenericParser({ fields: { path: "" }, resolver: "r" })).toThrow("Cannot use field of path");
  });
});
