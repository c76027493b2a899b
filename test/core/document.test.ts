import { describe, expect, it } from "vitest";
import { parseContentType, parseRegistration, parseVariant, type Registration } from "../../src/core/document.ts";
import { documentToJson, variantToJson } from "../../src/core/json-record.ts";
import { parseTimestamp } from "../../src/core/timestamp.ts";

const now = parseTimestamp("2025-01-01");
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const valid: Registration = {
  artifactId: "doi:10.1/x",
  sourceUrl: "https://example.org/x",
  resolver: "unpaywall",
  bytes: 3,
  storageUri: "file:///a",
};

describe("parseRegistration", () => {
  it("normalises what is given and fills in what is not", () => {
    const full = {
      contentType: "Text/HTML;charset=UTF-8",
      sha256: DIGEST.toUpperCase(),
      runId: "r",
      createdAt: "2024-05-05",
    };
    expect(parseRegistration({ ...valid, ...full }, now)).toEqual({
      ...valid,
      contentType: "text/html; charset=UTF-8",
      sha256: DIGEST,
      runId: "r",
      createdAt: "2024-05-05T00:00:00.000Z",
    });
    expect(parseRegistration(valid, now)).toMatchObject({
      contentType: null,
      sha256: null,
      runId: null,
      createdAt: now,
    });
  });

  it.each([
    [{ artifactId: "" }, TypeError, 'Cannot use artifactId "": it is empty'],
    [{ artifactId: 7 as unknown as string }, TypeError, "Cannot use artifactId 7: expected a string"],
    [{ sourceUrl: "a\0b" }, TypeError, "NUL"],
    [{ resolver: "\ud800" }, TypeError, "not well-formed"],
    [{ artifactId: "x".repeat(4097) }, TypeError, "has 4097 characters, the limit is 4096"],
    [{ bytes: -1 }, RangeError, "Cannot use bytes -1: expected a whole number"],
    [{ bytes: 1.5 }, RangeError, "1.5"],
    [{ bytes: "many" as unknown as number }, RangeError, 'bytes "many"'],
    [{ sha256: "abc" }, SyntaxError, "SHA-256"],
    [{ storageUri: "/a" }, SyntaxError, "storage URI"],
    [{ createdAt: "soon" }, SyntaxError, "time"],
    [{ runId: " " }, TypeError, "runId"],
  ])("refuses %j", (change, type, message) => {
    expect(() => parseRegistration({ ...valid, ...change }, now)).toThrow(type);
    expect(() => parseRegistration({ ...valid, ...change }, now)).toThrow(message);
  });
});

describe("parseVariant", () => {
  it("normalises and refuses like a registration", () => {
    const variant = { variant: "html", storageUri: "file:///b", bytes: 1 };
    const parsed = { ...variant, contentType: null, sha256: null, createdAt: now };
    expect(parseVariant(variant, now)).toEqual(parsed);
    expect(parseVariant({ ...variant, createdAt: 0 }, now).createdAt).toBe("1970-01-01T00:00:00.000Z");
    expect(() => parseVariant({ ...variant, variant: "x".repeat(256) }, now)).toThrow("limit is 255");
  });
});

describe("parseContentType", () => {
  it("gives null for nothing", () => {
    expect(parseContentType(undefined)).toBeNull();
    expect(parseContentType(" ")).toBeNull();
    expect(parseContentType("Application/PDF")).toBe("application/pdf");
    expect(parseContentType("text/html;")).toBe("text/html");
    expect(parseContentType(";")).toBeNull();
    expect(parseContentType('Multipart/Related; boundary="a;b \\"c";type="text/html"')).toBe(
      'multipart/related; boundary="a;b \\"c"; type="text/html"',
    );
    expect(parseContentType('text/html; a="b')).toBe('text/html; a="b');
  });
});

describe("JSON form", () => {
  it("has the names of the columns", () => {
    const document = { ...parseRegistration({ ...valid, sha256: DIGEST }, now), id: 1, updatedAt: now };
    expect(Object.keys(documentToJson(document))).toEqual(
      "id artifact_id source_url resolver content_type bytes sha256 storage_uri created_at updated_at run_id".split(
        " ",
      ),
    );
    const variant = {
      ...parseVariant({ variant: "html", storageUri: "file:///b", bytes: 1 }, now),
      id: 1,
      documentId: 2,
    };
    expect(Object.keys(variantToJson(variant))).toEqual(
      "id document_id variant storage_uri bytes content_type sha256 created_at".split(" "),
    );
  });
});
