import { describe, expect, it } from "vitest";
import { detectFormat } from "../../../src/core/manifest/detect-format.ts";

describe("detectFormat", () => {
  it.each([
    ['{"record_type": "attempt"}', "downloader"],
    ['{"record_type": "manifest"}', "downloader"],
    ['{"record_type": "summary"}', "downloader"],
    ['{"record_type": "novelty", "schema_version": 6}', "downloader"],
    ['{"record_type": "novelty"}', "jsonl"],
    ['{"record_type": 5, "schema_version": 5}', "jsonl"],
    ['{"__proto__": {"record_type": "manifest"}}', "jsonl"],
    ["{}", "jsonl"],
  ])("takes %s for %s", (line, format) => {
    expect(detectFormat(JSON.parse(line))).toBe(format);
  });
});
