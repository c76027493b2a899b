import { describe, expect, it } from "vitest";
import { canonicalUriText, findLocalPath, isPlainUriPath } from "../../../src/core/naming/canonical-uri.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";

describe("canonicalUriText", () => {
  it.each([
    ["file:///a/f.pdf", "file:///a/f.pdf"],
    ["file:///a/%66.pdf", "file:///a/f.pdf"],
    ["file://localhost/a/f.pdf", "file:///a/f.pdf"],
    ["FILE:///a/f.pdf", "file:///a/f.pdf"],
    ["file:/a/f.pdf", "file:///a/f.pdf"],
    ["file:///a//b/../f.pdf", "file:///a/f.pdf"],
    ["file:///a/./f.pdf", "file:///a/f.pdf"],
    ["file:///a/%2e%2e/f.pdf", "file:///f.pdf"],
    ["file:///a/caf%c3%a9.pdf", "file:///a/caf%C3%A9.pdf"],
    ["file:///a/b%20c", "file:///a/b%20c"],
    ["file:///a/100%25", "file:///a/100%25"],
  ])("writes %s as %s", (uri, text) => {
    expect(canonicalUriText(uri as StorageUri)).toBe(text);
    expect(canonicalUriText(text as StorageUri)).toBe(text);
  });

  it.each([
    "s3://bucket/a//b/%66",
    "https://example.org/a/../b",
    "file://server/share/a",
    "file:relative",
    "file:///a/%ff",
    "file:///a/%zz",
    "file:///a%00b",
  ])("leaves %s as it is given", (uri) => {
    expect(canonicalUriText(uri as StorageUri)).toBe(uri);
    expect(findLocalPath(uri)).toBeUndefined();
  });
});

describe("isPlainUriPath", () => {
  it("is sure of nearly all that a store writes, and of nothing that means another path", () => {
    for (const path of ["/a/b.pdf", "/cas/sha256/ab/cdef", "/a.b/c-d_e.f"])
      expect(isPlainUriPath(path), path).toBe(true);
    for (const path of ["", "a", "/a//b", "/a/../b", "/.a", "/a%62", "/a?b", "/a#b", "/a\\b"]) {
      expect(isPlainUriPath(path), path).toBe(false);
    }
  });
});
