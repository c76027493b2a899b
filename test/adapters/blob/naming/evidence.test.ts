import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { encodeEvidence, parseEvidence } from "../../../../src/adapters/blob/naming/evidence.ts";
import { EMPTY_SHA256 } from "../../../../src/core/sha256.ts";
import type { StorageUri } from "../../../../src/core/storage-uri.ts";
import type { QuarantineEvidence } from "../../../../src/ports/blob-store.ts";

const EVIDENCE: QuarantineEvidence = {
  reason: "size_mismatch",
  uri: "file:///root/a" as StorageUri,
  expected_sha256: EMPTY_SHA256,
  expected_bytes: 0,
  actual_sha256: null,
  actual_bytes: 3,
  found_at: "2025-01-01T00:00:00.000Z",
  catalog_id: "0".repeat(32),
  verb: "verify",
  documents: [{ id: 7, artifact_id: "doi:10.1/a", source_url: "https://example.org/a", run_id: "run-1" }],
};

const SCHEMA = JSON.parse(readFileSync(new URL("../../../../schema/evidence.schema.json", import.meta.url), "utf8"));

function parse(fields: object): QuarantineEvidence | null {
  return parseEvidence(new TextEncoder().encode(JSON.stringify(fields)));
}

describe("evidence", () => {
  it.each([
    EVIDENCE,
    { ...EVIDENCE, expected_bytes: null, expected_sha256: null, actual_sha256: EMPTY_SHA256, verb: "repair" } as const,
    { ...EVIDENCE, reason: "hash_mismatch", catalog_id: null, documents: [], verb: "ingest" } as const,
  ])("is read as it was written, which the schema describes", (evidence) => {
    const bytes = encodeEvidence(evidence);
    expect(parseEvidence(bytes)).toEqual(evidence);
    expect(new Ajv2020().compile(SCHEMA)(JSON.parse(new TextDecoder().decode(bytes)))).toBe(true);
  });

  it("of version 1 names no rows", () => {
    const { catalog_id, verb, documents, ...facts } = EVIDENCE;
    const expected = { ...facts, catalog_id: null, verb: null, documents: [] };
    expect(parse({ schema_version: 1, ...facts, verb: 3, more: true })).toEqual(expected);
  });

  it.each([
    { schema_version: 3 },
    { reason: "missing" },
    { uri: null },
    { found_at: 1 },
    { expected_sha256: "abc" },
    { actual_sha256: undefined },
    { expected_bytes: "1" },
    { actual_bytes: null },
    { actual_bytes: -1 },
    { catalog_id: 1 },
    { verb: "gc" },
    { documents: {} },
    { documents: [null] },
    { documents: ["a"] },
    { documents: [{ ...EVIDENCE.documents[0], id: 1.5 }] },
    { documents: [{ ...EVIDENCE.documents[0], artifact_id: null }] },
    { documents: [{ ...EVIDENCE.documents[0], source_url: 1 }] },
    { documents: [{ ...EVIDENCE.documents[0], run_id: 1 }] },
  ])("is none with %j", (change) => {
    expect(parse({ schema_version: 2, ...EVIDENCE })).toEqual(EVIDENCE);
    expect(parse({ schema_version: 2, ...EVIDENCE, ...change })).toBeNull();
  });

  it.each(["", "null", "[]", '"a"', "{", "3"])("is none in %j", (text) => {
    expect(parseEvidence(new TextEncoder().encode(text))).toBeNull();
  });
});
