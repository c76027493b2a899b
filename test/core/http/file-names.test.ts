import { describe, expect, it } from "vitest";
import { nameInDisposition, nameInUrl } from "../../../src/core/http/file-names.ts";

describe("nameInUrl", () => {
  it.each([
    ["https://e.org/a/x.tar.gz?v=1", "x.tar.gz"],
    ["https://e.org/a/real%20name.gz/", "real name.gz"],
    ["https://e.org/100%", "100%"],
    ["https://e.org", ""],
  ])("of %s is %j", (url, name) => {
    expect(nameInUrl(new URL(url))).toBe(name);
  });
});

describe("nameInDisposition", () => {
  it.each([
    [undefined, undefined],
    ["inline", undefined],
    ["attachment; filename=x.tgz", "x.tgz"],
    ['attachment; FileName="a b.tgz"; size=1', "a b.tgz"],
    ['attachment; filename="a\\"b.tgz"', 'a"b.tgz'],
    ["attachment; filename=\"report.gz\"; filename*=UTF-8''%E2%82%AC%20rates.gz", "€ rates.gz"],
    ["attachment; filename*=UTF-8''%ff", "%ff"],
  ])("of %j is %j", (header, name) => {
    expect(nameInDisposition(header)).toBe(name);
  });
});
