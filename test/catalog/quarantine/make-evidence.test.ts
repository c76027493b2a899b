import { describe, expect, it } from "vitest";
import { makeEvidence } from "../../../src/catalog/quarantine/make-evidence.ts";
import { EMPTY_SHA256 } from "../../../src/core/sha256.ts";
import { openWorld } from "../ingest/_ingest-world.ts";

const SECRET = "https://example.org/a.txt?X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789abcdef";

describe("evidence", () => {
  it("has the rows that name a blob, also by a variant, once each, without secrets", async () => {
    const world = await openWorld({ layout: "cas" });
    const { record } = await world.ingest("hello", { artifactId: "a", sourceUrl: "https://example.org/a.txt" });
    const { catalog } = world;
    const { storageUri } = record;
    const facts = { resolver: "test", bytes: 5, storageUri };
    const second = await catalog.registerOrGet({ artifactId: "b", sourceUrl: SECRET, runId: "run-1", ...facts });
    const other = await catalog.registerOrGet({
      artifactId: "c",
      sourceUrl: "https://example.org/c.txt",
      ...facts,
      storageUri: "file:///elsewhere/c.txt",
    });
    for (const [id, variant] of [
      [record.id, "text"],
      [other.record.id, "text"],
    ] as const) {
      await catalog.addVariant(id, { variant, storageUri, bytes: 5 });
    }
    const damage = {
      reason: "hash_mismatch",
      uri: storageUri,
      expected: { sha256: EMPTY_SHA256, bytes: null },
      actual: { sha256: null, bytes: 3 },
      verb: "verify",
    } as const;
    const evidence = await makeEvidence(world.context, damage);
    expect(evidence).toEqual({
      reason: "hash_mismatch",
      uri: storageUri,
      expected_sha256: EMPTY_SHA256,
      expected_bytes: null,
      actual_sha256: null,
      actual_bytes: 3,
      found_at: expect.stringMatching(/Z$/),
      catalog_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      verb: "verify",
      documents: [
        { id: record.id, artifact_id: "a", source_url: "https://example.org/a.txt", run_id: null },
        { id: second.record.id, artifact_id: "b", source_url: expect.any(String), run_id: "run-1" },
        { id: other.record.id, artifact_id: "c", source_url: "https://example.org/c.txt", run_id: null },
      ],
    });
    expect(JSON.stringify(evidence)).not.toContain("0123456789abcdef0123456789abcdef");
    const none = await makeEvidence({ clock: world.context.clock }, damage);
    expect([none.catalog_id, none.documents]).toEqual([null, []]);
  });
});
