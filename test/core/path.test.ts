import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseName, isAbsolutePath, isInsidePath, normalizePath, parentPath, resolvePath } from "../../src/core/path.ts";

const pathText = fc
  .array(fc.constantFrom("a", "b c", "..", ".", "", "x\\y", "ä"), { maxLength: 8 })
  .map((names) => names.join("/"));

describe("normalizePath", () => {
  it("agrees with Node on POSIX paths, but for a trailing slash", () => {
    fc.assert(
      fc.property(pathText, (text) => {
        const expected = posix.normalize(text);
        expect(normalizePath(text)).toBe(expected.length > 1 ? expected.replace(/\/$/, "") || "/" : expected);
      }),
    );
  });

  it("keeps a drive and never climbs above a root", () => {
    expect(normalizePath("C:/a/../../b")).toBe("C:/b");
    expect(normalizePath("/../..")).toBe("/");
    expect(normalizePath("")).toBe(".");
    expect(normalizePath("a\nb/./c")).toBe("a\nb/c");
  });
});

describe("resolvePath", () => {
  it("starts relative paths at the base and leaves absolute ones", () => {
    expect(resolvePath("/base", "a/../b")).toBe("/base/b");
    expect(resolvePath("/base", "../../etc")).toBe("/etc");
    expect(resolvePath("/base", "/x/./y")).toBe("/x/y");
    expect(resolvePath("/base", "C:/y")).toBe("C:/y");
    expect(isAbsolutePath("C:y")).toBe(false);
  });
});

describe("parentPath and baseName", () => {
  it.each([
    ["/a/b", "/a", "b"],
    ["/a/", "/", "a"],
    ["/", "/", ""],
    ["a", ".", "a"],
    ["/a/b\nc", "/a", "b\nc"],
    ["/a", "/", "a"],
    ["C:/a/b", "C:/a", "b"],
    ["C:/a", "C:/", "a"],
    ["/a/./b/..", "/", ".."],
  ])("split %j", (path, parent, name) => {
    expect(parentPath(path)).toBe(parent);
    expect(baseName(path)).toBe(name);
  });
});

describe("parentPath", () => {
  it("is the path with one name less", () => {
    fc.assert(
      fc.property(pathText, (text) => {
        expect(parentPath(text)).toBe(normalizePath(`${text}/..`));
      }),
    );
  });
});

describe("isInsidePath", () => {
  it("goes by whole names", () => {
    expect(isInsidePath("/a", "/a")).toBe(true);
    expect(isInsidePath("/a", "/a/b")).toBe(true);
    expect(isInsidePath("/a", "/ab")).toBe(false);
    expect(isInsidePath("/a/b", "/a")).toBe(false);
    expect(isInsidePath("/", "/x")).toBe(true);
  });
});
