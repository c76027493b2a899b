import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { createLineParser } from "../../src/core/manifest/parse-line.ts";
import { makeCorpus } from "./make-corpus.mjs";

const SCHEMA = new URL("../../schema/manifest-line.schema.json", import.meta.url);

describe("schema/manifest-line.schema.json", () => {
  it("accepts the lines of a corpus that can be used, and refuses those that cannot", async () => {
    const directory = mkdtempSync(join(tmpdir(), "content-catalog-schema-"));
    try {
      await makeCorpus({ directory: join(directory, "corpus"), records: 300, seed: 5, meanKib: 1, manifestOnly: true });
      const lines = readFileSync(join(directory, "corpus", "manifest.jsonl"), "utf8")
        .trim()
        .split("\n");
      const accepts = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
      const parse = createLineParser({ format: "downloader", resolver: "unknown", onNewerSchema: () => {} });
      const kinds = new Set<string>();
      for (const line of lines) {
        const { kind } = parse(line);
        if (!line.endsWith("}")) continue;
        kinds.add(kind);
        expect({ line, accepted: accepts(JSON.parse(line)) }).toEqual({ line, accepted: kind !== "damaged" });
      }
      expect([...kinds]).toEqual(expect.arrayContaining(["attempt", "other", "outcome", "failure", "damaged"]));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
