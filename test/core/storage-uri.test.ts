import { fileURLToPath, pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizePath } from "../../src/core/path.ts";
import {
  decodePathOfUri,
  fileUriFromPath,
  findPathOfUri,
  findPlaceOfUri,
  parseStorageUri,
  s3UriFromPlace,
} from "../../src/core/storage-uri.ts";

const wellFormed = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && !/\p{Cs}/u.test(text));

describe("fileUriFromPath", () => {
  it("writes what Node writes, for names of any kind", () => {
    for (const path of [
      "/a/b c.pdf",
      "/100%",
      "/q?#;&=+$,",
      "/tab\tnl\ncr\r",
      "/back\\slash",
      "/名前/naïve",
      "/ends ",
      "/!*'()@:",
    ]) {
      expect(fileUriFromPath(path)).toBe(pathToFileURL(path).href);
    }
  });

  it("writes plain paths as the URL parser does", () => {
    const plain = fc.string({ unit: fc.constantFrom(..."aZ09_-./%:") });
    fc.assert(
      fc.property(plain, (rest) => {
        const path = normalizePath(`/${rest}`);
        expect(fileUriFromPath(path)).toBe(new URL(`file://${path.replaceAll("%", "%25")}`).href);
      }),
      { numRuns: 1000 },
    );
  });

  it("comes back as the same path", () => {
    fc.assert(
      fc.property(wellFormed, (name) => {
        const path = normalizePath(`/root/${name}`);
        const uri = fileUriFromPath(path);
        expect(findPathOfUri(uri)).toBe(path);
        expect(fileURLToPath(uri)).toBe(path);
        expect(parseStorageUri(uri)).toBe(uri);
      }),
    );
  });

  it("takes paths with a drive", () => {
    expect(fileUriFromPath("C:/data/a b")).toBe("file:///C:/data/a%20b");
    expect(findPathOfUri("file:///C:/data/a%20b")).toBe("C:/data/a b");
  });

  it.each([
    ["a/b", "is not absolute"],
    ["/a\0b", "contains a NUL"],
    ["/a\ud800", "not well-formed Unicode"],
  ])("refuses %j", (path, reason) => {
    expect(() => fileUriFromPath(path)).toThrow(reason);
  });
});

describe("findPathOfUri", () => {
  it("knows only files of this host", () => {
    expect(findPathOfUri("file://localhost/a")).toBe("/a");
    expect(findPathOfUri("file://server/share/a")).toBeUndefined();
    expect(findPathOfUri("s3://bucket/key")).toBeUndefined();
  });

  it("reads a plain text as the URL parser does", () => {
    const plain = fc.array(fc.constantFrom("a", "B1", "..", ".", ".x", "", "_-", "localhost"), { maxLength: 6 });
    fc.assert(
      fc.property(plain, (names) => {
        const uri = `file:///${names.join("/")}`;
        expect(findPathOfUri(uri)).toBe(new URL(uri).pathname);
      }),
    );
  });
});

describe("parseStorageUri", () => {
  it.each(["s3://bucket/key", "file:///a", "https://example.org/x", "urn:x:y"])("accepts %s", (text) => {
    expect(parseStorageUri(text)).toBe(text);
  });

  it.each(["", "/a/b", "file:", "s3://a b", "s3://a\nb", "1a:b"])("refuses %j", (text) => {
    expect(() => parseStorageUri(text)).toThrow(SyntaxError);
  });
});

describe("s3UriFromPlace", () => {
  it("leaves readable what a path may have, and encodes the rest", () => {
    expect(s3UriFromPlace({ bucket: "papers", key: "docs/doi:10.1_x/naïve 50%?#.pdf" })).toBe(
      "s3://papers/docs/doi:10.1_x/na%C3%AFve%2050%25%3F%23.pdf",
    );
  });

  it("comes back as the same place, as a URI that can be stored", () => {
    const key = fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(key, (text) => {
        const uri = s3UriFromPlace({ bucket: "papers", key: text });
        expect(findPlaceOfUri(parseStorageUri(uri))).toEqual({ bucket: "papers", key: text });
      }),
    );
  });

  it("refuses half a character", () => {
    expect(() => s3UriFromPlace({ bucket: "papers", key: "\ud800" })).toThrow(URIError);
  });
});

describe("findPlaceOfUri", () => {
  it.each(["file:///a", "s3://papers", "s3://papers/", "s3:///key", "s3://papers/a?b", "s3://papers/%", "text"])(
    "gives nothing for %s",
    (uri) => {
      expect(findPlaceOfUri(uri)).toBeUndefined();
    },
  );
});

describe("decodePathOfUri", () => {
  it.each([
    ["file:///a/b%20c", "/a/b c"],
    ["FILE:///a", "/a"],
    ["file:/a//b/", "/a/b"],
    ["file:///a/x%2F..%2Fb", "/a/b"],
    ["file:///C:/docs", "C:/docs"],
    ["file:///a%00b", undefined],
    ["file:///%zz", undefined],
    ["file://%/a", undefined],
    ["file://server/a", undefined],
    ["s3://a/b", undefined],
    ["", undefined],
  ])("reads %j as %j", (uri, path) => {
    expect(decodePathOfUri(uri)).toBe(path);
  });
});
