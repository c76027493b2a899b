import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportSummary } from "../../src/catalog/import/import-options.ts";
import { MIGRATIONS } from "../../src/catalog/migrations.gen.ts";
import type { CatalogStats } from "../../src/catalog/stats/stats.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { sampleOf } from "../sampling.ts";
import { lookInto, readContent } from "./catalog-rows.ts";
import { type CorpusExpectation, makeCorpus } from "./make-corpus.mjs";

const DOCUMENT_COLUMNS = [
  ...["id", "artifact_id", "source_url", "resolver", "content_type", "bytes", "sha256", "storage_uri", "created_at"],
  ...["updated_at", "run_id"],
];
const VARIANT_COLUMNS = [
  ...["id", "document_id", "variant", "storage_uri", "bytes", "content_type", "sha256", "created_at"],
];

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-import-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Imported {
  readonly summary: ImportSummary;
  readonly stats: CatalogStats;
}

/** Imports a corpus as its expectation says: every file is hashed. */
async function importCorpus(corpus: string, path: string): Promise<Imported> {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: corpus } });
  try {
    const summary = await catalog.importManifest({ path: join(corpus, "manifest.jsonl") }, { hash: "all" });
    return { summary, stats: await catalog.stats() };
  } finally {
    await catalog.close();
  }
}

function figuresOfStats(expected: CorpusExpectation): Partial<CatalogStats> {
  const { documents, variants, bytes, distinctHashes, duplicateGroups, largestGroup } = expected;
  return { documents, variants, bytes, distinctHashes, duplicateGroups, largestGroup };
}

function figuresOfSummary(expected: CorpusExpectation): Partial<ImportSummary> {
  const { distinctHashes, duplicateGroups, largestGroup, ...figures } = expected;
  return figures;
}

/** Sizes and contents; of the contents `npm test` has one for each size. */
const CORPORA = [50, 400, 1500].flatMap((records) =>
  sampleOf([1, 2, 3, 4], { variable: "CORPORA", few: 1, of: `${records} downloads` }).map((seed) => ({
    seed,
    records,
  })),
);

describe("importing a corpus", () => {
  it.each(CORPORA)("of $records downloads, seed $seed, finds what it holds, and once only", async (options) => {
    const corpus = join(folder, `corpus-${options.seed}-${options.records}`);
    const path = join(folder, `catalog-${options.seed}-${options.records}.sqlite`);
    const expected = await makeCorpus({ directory: corpus, meanKib: 4, ...options });

    const first = await importCorpus(corpus, path);
    expect(first.summary).toMatchObject(figuresOfSummary(expected));
    expect(first.stats).toMatchObject(figuresOfStats(expected));

    const content = await readContent(path);
    const second = await importCorpus(corpus, path);
    expect(second.summary).toMatchObject({ documents: 0, variants: 0, bytes: 0, lines: expected.lines });
    expect(second.stats).toMatchObject(figuresOfStats(expected));
    expect(await readContent(path)).toEqual(content);
    rmSync(corpus, { recursive: true });
  });

  it("leaves a file that any SQLite tool opens", async () => {
    const corpus = join(folder, "corpus");
    const path = join(folder, "catalog.sqlite");
    const expected = await makeCorpus({ directory: corpus, records: 300, meanKib: 1 });
    await importCorpus(corpus, path);
    await lookInto(path, ({ query }) => {
      const columnsOf = (table: string) => query(`PRAGMA table_info(${table})`).map(([, name]) => name);
      expect(query("PRAGMA integrity_check")).toEqual([["ok"]]);
      expect(query("PRAGMA foreign_key_check")).toEqual([]);
      expect(query("PRAGMA journal_mode")).toEqual([["delete"]]);
      expect(columnsOf("documents")).toEqual(DOCUMENT_COLUMNS);
      expect(columnsOf("variants")).toEqual(VARIANT_COLUMNS);
      expect(query("SELECT count(*), sum(bytes) FROM documents")).toEqual([[expected.documents, expected.bytes]]);
      const [[applicationId] = []] = query("PRAGMA application_id");
      const [[userVersion] = []] = query("PRAGMA user_version");
      expect(applicationId).not.toBe(0);
      expect(userVersion).toBe(MIGRATIONS.length);
    });
  });
});
