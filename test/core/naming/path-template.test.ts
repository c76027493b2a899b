import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_PATH_TEMPLATE,
  PLACEHOLDERS,
  parsePathTemplate,
  renderPath,
  type TemplateFacts,
} from "../../../src/core/naming/path-template.ts";
import { EMPTY_SHA256 } from "../../../src/core/sha256.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";

const facts: TemplateFacts = {
  resolver: "unpaywall",
  artifactId: "work-1",
  sourceUrl: "https://example.org/papers/one%20two.pdf?token=secret",
  runId: "run-7",
  createdAt: parseTimestamp("2025-03-04T23:59:59Z"),
  sha256: EMPTY_SHA256,
};

function render(template: string, change: Partial<TemplateFacts> = {}): string {
  return renderPath(parsePathTemplate(template), { ...facts, ...change });
}

describe("renderPath", () => {
  it("fills every placeholder", () => {
    expect(render(DEFAULT_PATH_TEMPLATE)).toBe("unpaywall/work-1/one two.pdf");
    expect(render("{run_id}/{date}/{host}/{sha256_8}.{ext}")).toBe("run-7/2025-03-04/example.org/e3b0c442.pdf");
    expect(render("x/{sha256}")).toBe(`x/${EMPTY_SHA256}`);
  });

  it("has a value for what is missing", () => {
    const nothing = { sourceUrl: "not a url", runId: null, sha256: null };
    expect(render("{run_id}/{host}/{sha256}-{sha256_8}/{basename}.{ext}", nothing)).toBe(
      "no-run/no-host/no-hash-no-hash/content.bin",
    );
    expect(render("{basename}", { sourceUrl: "https://example.org/" })).toBe("content");
    expect(render("{basename}", { sourceUrl: "https://example.org/a/b/" })).toBe("b");
    expect(render("{basename}", { sourceUrl: "https://example.org/100%" })).toBe("100%");
    expect(render("{host}/{basename}", { sourceUrl: "file:///a/b" })).toBe("no-host/b");
  });

  it("prefers the given name, and takes the sniffed extension where the name has none", () => {
    expect(render("{basename}", { basename: "mine.txt" })).toBe("mine.txt");
    expect(render("{basename}", { basename: "" })).toBe("one two.pdf");
    expect(render("a.{ext}-{ext}{basename}", { basename: "mine", sniffedExtension: "png" })).toBe("a.png-pngmine");
  });

  it("leaves the root to nobody, whatever the values are", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("..", ".", "", "/", "../..", ".git", "cas", "a/../b", "C:\\x"),
    );
    fc.assert(
      fc.property(value, value, value, (resolver, artifactId, basename) => {
        const names = render(DEFAULT_PATH_TEMPLATE, { resolver, artifactId, basename }).split("/");
        expect(names).toHaveLength(3);
        expect(names.every((name) => name !== "" && !name.startsWith("."))).toBe(true);
        expect(names[0]?.toLowerCase()).not.toBe("cas");
      }),
    );
  });

  it("keeps out of the folder of the other layout", () => {
    expect(render("{resolver}/{basename}", { resolver: "Cas" })).toMatch(/^Cas~[0-9a-f]{10}\//);
    expect(render("docs/{resolver}/{basename}", { resolver: "cas" })).toBe("docs/cas/one two.pdf");
  });
});

describe("parsePathTemplate", () => {
  it("knows its text", () => {
    expect(parsePathTemplate(DEFAULT_PATH_TEMPLATE).text).toBe(DEFAULT_PATH_TEMPLATE);
    for (const name of PLACEHOLDERS) expect(() => parsePathTemplate(`{${name}}`)).not.toThrow();
  });

  it.each([
    ["{artefact_id}", 'there is no placeholder "{artefact_id}"; did you mean "{artifact_id}"?'],
    ["{zzzzzzzzzzzzz}", 'there is no placeholder "{zzzzzzzzzzzzz}"; known are resolver'],
    ["{resolver}/fixed", "its last name has no placeholder"],
    ["/{basename}", "it has an empty name"],
    ["{resolver}/", "it has an empty name"],
    ["", "it has an empty name"],
    ["../{basename}", '".." is no safe name'],
    [".hidden/{basename}", '".hidden" is no safe name'],
    ["cas/{basename}", '"cas" is no safe name'],
    ["a:b/{basename}", '"a:b" is no safe name'],
    ["{resolver}/{basename", 'it has a "{" without its other half'],
    ["basename}", 'it has a "}" without its other half'],
  ])("refuses %j", (template, reason) => {
    expect(() => parsePathTemplate(template)).toThrow(SyntaxError);
    expect(() => parsePathTemplate(template)).toThrow(reason);
  });
});
