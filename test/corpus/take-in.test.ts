import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AddFinding } from "../../src/catalog/add/add-options.ts";
import type { ImportOptions } from "../../src/catalog/import/import-options.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { lookInto } from "./catalog-rows.ts";
import { makeCorpus } from "./make-corpus.mjs";

let folder = "";

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-take-in-")));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Counts {
  readonly documents: number;
  readonly variants: number;
  readonly contents: number;
  /** Places of documents and variants, and those outside of the root. */
  readonly places: number;
  readonly outside: readonly unknown[];
  readonly inPlace: number;
  readonly sources: number;
}

function count(path: string, root: string): Promise<Counts> {
  return lookInto(path, ({ query }) => {
    const one = (sql: string): number => Number(query(sql)[0]?.[0]);
    const all = "SELECT storage_uri, sha256 FROM documents UNION ALL SELECT storage_uri, sha256 FROM variants";
    return {
      documents: one("SELECT COUNT(*) FROM documents"),
      variants: one("SELECT COUNT(*) FROM variants"),
      contents: one(`SELECT COUNT(DISTINCT sha256) FROM (${all})`),
      places: one(`SELECT COUNT(DISTINCT storage_uri) FROM (${all})`),
      outside: query(`SELECT DISTINCT storage_uri FROM (${all}) WHERE storage_uri NOT LIKE 'file://${root}/%'`).flat(),
      inPlace: one("SELECT COUNT(*) FROM in_place"),
      sources: one("SELECT COUNT(*) FROM sources"),
    };
  });
}

/** How the folder of downloads is named, by the three that somebody may use. */
const SPELLINGS = {
  "as it is": (corpus: string) => [{ path: corpus }],
  "through a symlink": (corpus: string) => [{ path: `${corpus}-link` }],
  "by a path with dots, and its parts": (corpus: string) => [
    { path: `${corpus}-link/files/../files` },
    { path: corpus },
  ],
} as const;

describe("a manifest imported in place, then its folder added", () => {
  it.each(Object.keys(SPELLINGS) as (keyof typeof SPELLINGS)[])(
    "%s: as many documents as before, every blob in the store, one copy of each content",
    async (spelling) => {
      const place = mkdtempSync(join(folder, "corpus-"));
      const corpus = join(place, "downloads");
      mkdirSync(corpus);
      await makeCorpus({ directory: corpus, records: 150, seed: 7, meanKib: 1 });
      symlinkSync(corpus, `${corpus}-link`);
      const [path, rootDir] = [join(place, "catalog.sqlite"), join(place, "root")];
      const settings = { catalog: { path, checkpointOnClose: "always" }, storage: { rootDir, layout: "cas" } } as const;
      const options: ImportOptions = { hash: "all" };
      const manifest = spelling === "as it is" ? corpus : `${corpus}-link`;
      const first = await openCatalog(settings);
      await first.importManifest({ path: join(manifest, "manifest.jsonl") }, options);
      await first.close();
      const before = await count(path, rootDir);
      expect(before.outside).toHaveLength(before.places);
      expect(before.inPlace).toBe(0);

      const findings: AddFinding[] = [];
      const onFinding = (finding: AddFinding): void => void findings.push(finding);
      const second = await openCatalog(settings);
      const sources = SPELLINGS[spelling](corpus);
      const summary = await second.add(sources, { recursive: true, onFinding });
      // What no line names is new: the manifest itself, and what the downloader left beside.
      const strangers = summary.documents;
      const again = await second.add([{ path: `${corpus}-link` }], { recursive: true, onFinding });
      await second.importManifest({ path: join(corpus, "manifest.jsonl") }, options);
      await second.close();
      const after = await count(path, rootDir);
      expect(findings).toEqual([]);
      expect({ documents: after.documents - strangers, variants: after.variants }).toEqual({
        documents: before.documents,
        variants: before.variants,
      });
      expect(after).toMatchObject({ outside: [], inPlace: 0, places: after.contents });
      expect(again).toMatchObject({ documents: 0, stored: 0, found: again.files });
    },
  );
});
