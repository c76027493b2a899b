import { describe, expect, it } from "vitest";
import { isPublishedIn, parseContentCodings, publishedType } from "../../../src/core/http/content-coding.ts";

describe("parseContentCodings", () => {
  it.each([
    [undefined, []],
    ["", []],
    ["identity", []],
    ["gzip", ["gzip"]],
    ["X-GZIP", ["gzip"]],
    [" gzip , Identity,br ", ["gzip", "br"]],
    ["x-compress", ["compress"]],
    ["x-bzip2", ["bzip2"]],
    ["dcb", ["dcb"]],
    ["constructor", ["constructor"]],
  ])("reads %j", (header, codings) => {
    expect(parseContentCodings(header)).toEqual(codings);
  });
});

describe("isPublishedIn", () => {
  it.each([
    ["gzip", ["x.tar.gz"], undefined, true],
    ["gzip", ["x.TGZ"], "application/x-tar", true],
    ["gzip", ["data.csv.gz"], "text/csv", true],
    ["gzip", ["picture.svgz"], "image/svg+xml", true],
    ["gzip", ["download", "x.tgz"], "application/octet-stream", true],
    ["gzip", ["download"], "application/x-gzip; charset=binary", true],
    ["gzip", ["download"], "Application/GZip", true],
    ["gzip", ["x.csv"], "text/csv", false],
    ["gzip", ["download"], "application/x-tar", false],
    ["gzip", ["x.tar.bz2"], "application/x-bzip2", false],
    ["gzip", ["gz"], undefined, false],
    ["bzip2", ["x.tar.bz2"], undefined, true],
    ["compress", ["x.tar.Z"], undefined, true],
    ["zstd", ["x.tar.zst"], undefined, true],
    ["xz", ["x"], "application/x-xz", true],
    ["br", ["app.js.br"], "text/javascript", true],
    ["br", ["app.js"], "text/javascript", false],
    ["deflate", ["x.gz"], "application/gzip", false],
    ["constructor", ["x.gz"], undefined, false],
  ])("%s of %j as %s: %s", (coding, names, contentType, expected) => {
    expect(isPublishedIn(coding, { names, contentType })).toBe(expected);
  });
});

describe("publishedType", () => {
  it.each([
    ["gzip", "application/x-tar", "application/gzip"],
    ["gzip", undefined, "application/gzip"],
    ["gzip", "application/x-gzip", "application/x-gzip"],
    ["bzip2", "application/x-tar", "application/x-bzip2"],
    ["other", "text/plain", "text/plain"],
  ])("of %s with %s is %s", (coding, contentType, expected) => {
    expect(publishedType(coding, contentType)).toBe(expected);
  });
});
