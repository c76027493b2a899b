import { describe, expect, it } from "vitest";
import { findRedirect, MAX_REDIRECTS } from "../../../src/core/http/redirect.ts";

const FROM = [new URL("https://e.org/a/b?x=1")];

describe("findRedirect", () => {
  it.each([
    [301, "c", "https://e.org/a/c"],
    [302, "/c?y=2#top", "https://e.org/c?y=2"],
    [303, "?y=2", "https://e.org/a/b?y=2"],
    [307, "//other.org/c", "https://other.org/c"],
    [308, "https://user:hunter2@other.org/c", "https://other.org/c"],
  ])("with %i to %s leads to %s", (status, location, url) => {
    expect(findRedirect({ status, location }, FROM)).toEqual({ url: new URL(url) });
  });

  it("may go from http to https", () => {
    const redirect = findRedirect({ status: 301, location: "https://e.org/" }, [new URL("http://e.org/")]);
    expect(redirect).toEqual({ url: new URL("https://e.org/") });
  });

  it.each([
    [200, "c"],
    [304, "c"],
    [300, "c"],
    [302, undefined],
  ])("is none with %i to %s", (status, location) => {
    expect(findRedirect({ status, location }, FROM)).toBeUndefined();
  });

  it.each([
    ["http://e.org/a?token=hunter2", 'it redirects from https to http, to the host "e.org"'],
    ["ftp://e.org/a", 'it redirects to a URL with the scheme "ftp:"'],
    ["https://[", "it redirects to what is no URL"],
    ["b?x=1#other", "it redirects in a circle"],
  ])("to %s is not followed", (location, refusal) => {
    expect(findRedirect({ status: 302, location }, FROM)).toEqual({ refusal });
  });

  it("is followed so often, and no more", () => {
    const visited = Array.from({ length: MAX_REDIRECTS }, (_, at) => new URL(`https://e.org/${at}`));
    expect(findRedirect({ status: 302, location: "/x" }, visited)).toHaveProperty("url");
    const more = [...visited, new URL("https://e.org/more")];
    expect(findRedirect({ status: 302, location: "/x" }, more)).toEqual({ refusal: "it redirects more than 20 times" });
  });

  it("follows no more than it is told", () => {
    const visited = [1, 2, 3].map((n) => new URL(`https://e.org/${n}`));
    const answer = { status: 302, location: "/4" };
    expect(findRedirect(answer, visited, { maxRedirects: 3 })).toEqual({ url: new URL("https://e.org/4") });
    expect(findRedirect(answer, visited, { maxRedirects: 2 })).toEqual({ refusal: "it redirects more than 2 times" });
  });
});
