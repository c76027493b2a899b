import { describe, expect, it } from "vitest";
import { findNewerSchema, parseDownloaderLine } from "../../../src/core/manifest/downloader.ts";

const SHA = "ab".repeat(32);

const LINE = {
  record_type: "manifest",
  schema_version: 5,
  timestamp: "2025-01-01T00:00:00Z",
  run_id: "run-1",
  work_id: "doi:10.1/a",
  resolver: "unpaywall",
  url: "https://example.org/a.pdf?v=1",
  canonical_url: "https://example.org/a.pdf",
  path: "files/a.pdf",
  classification: "pdf",
  content_type: "Application/PDF",
  html_paths: [],
  extracted_text_path: null,
  sha256: SHA,
  content_length: 12,
  dry_run: false,
};

const parse = (changes: Record<string, unknown>) => parseDownloaderLine({ ...LINE, ...changes });

describe("parseDownloaderLine", () => {
  it("reads an outcome that stored a file", () => {
    expect(parseDownloaderLine(LINE)).toEqual({
      kind: "outcome",
      artifactId: "doi:10.1/a",
      sourceUrl: "https://example.org/a.pdf?v=1",
      resolver: "unpaywall",
      contentType: "application/pdf",
      path: "files/a.pdf",
      bytes: 12,
      sha256: SHA,
      createdAt: "2025-01-01T00:00:00.000Z",
      runId: "run-1",
      renderings: [],
    });
  });

  it.each([
    ["attempt", { record_type: "attempt" }],
    ["attempt", { record_type: "attempt", work_id: null }],
    ["other", { record_type: "summary" }],
    ["other", { record_type: undefined }],
    ["other", { record_type: 7 }],
    ["dryRun", { dry_run: true }],
    ["dryRun", { dry_run: true, path: null }],
    ["skip", { classification: "skipped" }],
    ["skip", { classification: "skipped", path: null }],
    ["failure", { classification: "miss" }],
    ["failure", { classification: "http_error", path: null }],
    ["failure", { classification: "html_too_large" }],
    ["failure", { classification: "payload_too_large" }],
    ["failure", { path: null }],
    ["failure", { path: "" }],
    ["failure", { path: undefined, content_length: "many" }],
    ["outcome", { classification: "cached" }],
    ["outcome", { classification: null }],
    ["outcome", { dry_run: null }],
    ["outcome", { dry_run: undefined, html_paths: undefined }],
  ])("tells %s from %j", (kind, changes) => {
    expect(parse(changes).kind).toBe(kind);
  });

  it("takes what is absent for absent", () => {
    const absent = { url: null, resolver: null, content_type: null, sha256: "", content_length: null, timestamp: null };
    expect(parse({ ...absent, run_id: undefined })).toMatchObject({
      sourceUrl: "https://example.org/a.pdf",
      resolver: "unknown",
      contentType: null,
      sha256: null,
      bytes: null,
      createdAt: null,
      runId: null,
    });
  });

  it("normalises a hash in upper case", () => {
    expect(parse({ sha256: SHA.toUpperCase() })).toMatchObject({ sha256: SHA });
  });

  it("names other renderings", () => {
    const entry = parse({ html_paths: ["a.html", "b.html", "c.html"], extracted_text_path: "a.txt" });
    expect(entry).toMatchObject({
      renderings: [
        { variant: "html", path: "a.html" },
        { variant: "html-2", path: "b.html" },
        { variant: "html-3", path: "c.html" },
        { variant: "text", path: "a.txt" },
      ],
    });
    expect(parse({ html_paths: null, extracted_text_path: "" })).toMatchObject({ renderings: [] });
  });

  it.each([
    [{ work_id: null }, "Cannot use the line: it has no artifact id (work_id)"],
    [{ work_id: undefined }, "Cannot use the line: it has no artifact id (work_id)"],
    [{ work_id: " " }, 'Cannot use work_id " ": it is empty'],
    [{ work_id: 7, path: null }, "Cannot use work_id 7: expected a string"],
    [{ work_id: { toString: 1 } }, 'Cannot use work_id {"toString":1}: expected a string'],
    [{ work_id: "a\u0000b" }, 'Cannot use work_id "a\\x00b": it contains a NUL character'],
    [{ content_length: "many" }, 'Cannot use content_length "many": expected a whole number of bytes from 0'],
    [{ content_length: 1.5 }, "Cannot use content_length 1.5: expected a whole number of bytes from 0"],
    [{ content_length: -1 }, "Cannot use content_length -1: expected a whole number of bytes from 0"],
    [
      { content_length: Number.POSITIVE_INFINITY },
      "Cannot use content_length Infinity: expected a whole number of bytes from 0",
    ],
    [{ content_length: true }, "Cannot use content_length true: expected a whole number of bytes from 0"],
    [{ content_length: [] }, "Cannot use content_length []: expected a whole number of bytes from 0"],
    [{ sha256: "abc" }, 'Cannot use sha256 "abc": expected 64 hexadecimal characters'],
    [{ sha256: 5 }, "Cannot use sha256 5: expected a string"],
    [{ timestamp: "soon" }, 'Cannot use timestamp "soon": expected a time like "2025-01-31T12:00:00Z"'],
    [{ timestamp: 5 }, "Cannot use timestamp 5: expected a string"],
    [{ url: "", canonical_url: null }, "Cannot use the line: it has neither url nor canonical_url"],
    [{ url: ["x"] }, 'Cannot use url ["x"]: expected a string'],
    [{ path: 5 }, "Cannot use path 5: expected a string"],
    [{ dry_run: "yes" }, 'Cannot use dry_run "yes": expected true or false'],
    [{ classification: 5 }, "Cannot use classification 5: expected a string"],
    [{ html_paths: "a.html" }, 'Cannot use html_paths "a.html": expected a list of paths'],
    [{ html_paths: ["a", null] }, "Cannot use html_paths[1] null: expected a string"],
    [{ extracted_text_path: 5 }, "Cannot use extracted_text_path 5: expected a string"],
  ])("refuses %j, naming field and value", (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  it("cuts a long value short in the message", () => {
    expect(() => parse({ work_id: Array(100).fill(0) })).toThrow(
      /^Cannot use work_id "\[0(,0){29}…": expected a string$/,
    );
  });
});

describe("findNewerSchema", () => {
  it("knows versions up to 5", () => {
    expect(findNewerSchema({ schema_version: 5 })).toBeUndefined();
    expect(findNewerSchema({ schema_version: "6" })).toBeUndefined();
    expect(findNewerSchema({})).toBeUndefined();
    expect(findNewerSchema({ schema_version: 6 })).toBe(6);
  });
});
