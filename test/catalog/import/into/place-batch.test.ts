import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Catalog } from "../../../../src/catalog/catalog.ts";
import type { ImportFinding, ImportOptions, ImportSummary } from "../../../../src/catalog/import/import-options.ts";
import type { DocumentRecord } from "../../../../src/core/document.ts";
import { openCatalog } from "../../../../src/hosts/node.ts";
import { readContent } from "../../../corpus/catalog-rows.ts";
// biome-ignore lint/correctness/useImportExtensions: scripts that nothing is installed for need it in JavaScript
import { type CorpusExpectation, makeCorpus } from "../../../corpus/make-corpus.mjs";
import { createScratch, HELLO_SHA256, outcomeOf, type Scratch } from "../_scratch-import.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "content-catalog-into-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Layout = "cas" | "policy_path";

/** Opens a catalog beside a root, works with it, and closes it. */
async function withCatalog<Result>(
  name: string,
  layout: Layout,
  work: (catalog: Catalog) => Promise<Result>,
): Promise<Result> {
  const catalog = await openCatalog({
    catalog: { path: join(folder, `${name}.sqlite`) },
    storage: { rootDir: join(folder, `${name}-root`), layout },
  });
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

/** All files below a folder with what must not change about them; of those of the store only the blobs. */
function filesBelow(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || /\/(\.content-catalog\/|\.trash\/reserve$)/.test(full)) continue;
    const { mode, mtimeMs } = lstatSync(full);
    found[full] = `${mode} ${mtimeMs} ${sha256Of(full)}`;
  }
  return found;
}

function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function figuresOf(expected: CorpusExpectation): Partial<ImportSummary> {
  const { distinctHashes, duplicateGroups, largestGroup, ...figures } = expected;
  return figures;
}

/** Every row has its blob, whole; and every blob has a row. */
async function expectStored(catalog: Catalog, root: string, layout: Layout): Promise<void> {
  const uris = new Set<string>();
  for await (const record of catalog.search()) {
    for (const { storageUri, sha256, bytes } of [record, ...(await catalog.listVariants(record.id))]) {
      const path = fileURLToPath(storageUri);
      expect(path.startsWith(`${root}/`)).toBe(true);
      expect([sha256Of(path), lstatSync(path).size]).toEqual([sha256, bytes]);
      uris.add(path);
    }
  }
  const blobs = Object.keys(filesBelow(root));
  expect(blobs.sort()).toEqual([...uris].sort());
  if (layout !== "cas") return;
  const hashes = blobs.map(sha256Of);
  expect(new Set(hashes).size).toBe(hashes.length);
}

const CASES = (["copy", "move", "hardlink"] as const).flatMap((into) =>
  (["cas", "policy_path"] as const).map((layout) => ({ into, layout })),
);

describe("importing a corpus into the root", () => {
  it.each(CASES)("by $into under $layout stores each file, and once only", async ({ into, layout }) => {
    const name = `${into}-${layout}`;
    const corpus = join(folder, `${name}-corpus`);
    const root = join(folder, `${name}-root`);
    const expected = await makeCorpus({ directory: corpus, records: 150, seed: 3, meanKib: 2 });
    const before = filesBelow(corpus);
    const source = { path: join(corpus, "manifest.jsonl") };
    const { documents, variants, bytes, distinctHashes, duplicateGroups, largestGroup } = expected;
    const stats = { documents, variants, bytes, distinctHashes, duplicateGroups, largestGroup };
    const first = await withCatalog(name, layout, async (catalog) => {
      const summary = await catalog.importManifest(source, { into });
      expect(await catalog.stats()).toMatchObject(stats);
      await expectStored(catalog, root, layout);
      return summary;
    });
    expect(first).toMatchObject(figuresOf(expected));
    if (into === "move") expect(Object.keys(filesBelow(corpus)).length).toBeLessThan(Object.keys(before).length / 4);
    else expect(filesBelow(corpus)).toEqual(before);

    const stored = filesBelow(root);
    const content = await readContent(join(folder, `${name}.sqlite`));
    const second = await withCatalog(name, layout, (catalog) => catalog.importManifest(source, { into }));
    expect(second).toMatchObject({ documents: 0, variants: 0, bytes: 0 });
    expect(second).toMatchObject({ changed: expected.changed, gone: expected.gone, outside: expected.outside });
    expect(await readContent(join(folder, `${name}.sqlite`))).toEqual(content);
    expect(filesBelow(root)).toEqual(stored);
  });
});

/** Downloads, and a catalog with a root beside them. */
interface World {
  readonly scratch: Scratch;
  readonly catalog: Catalog;
  readonly root: string;
  import(lines: readonly string[], options?: ImportOptions): Promise<{ summary: ImportSummary; kinds: string[] }>;
  rows(): Promise<readonly DocumentRecord[]>;
  path(name: string): string;
}

async function inWorld(work: (world: World) => Promise<void>, layout: Layout = "cas"): Promise<void> {
  const scratch = await createScratch();
  const name = scratch.folder.slice(scratch.folder.lastIndexOf("/") + 1);
  await withCatalog(name, layout, (catalog) =>
    work({
      scratch,
      catalog,
      root: join(folder, `${name}-root`),
      path: (file) => join(scratch.folder, file),
      import: async (lines, options = {}) => {
        scratch.write(["manifest.jsonl", `${lines.join("\n")}\n`]);
        const findings: ImportFinding[] = [];
        const onFinding = (finding: ImportFinding): void => void findings.push(finding);
        const source = { path: join(scratch.folder, "manifest.jsonl") };
        const summary = await catalog.importManifest(source, { onFinding, ...options });
        return { summary, kinds: findings.map(({ kind, line }) => `${line} ${kind}`) };
      },
      rows: async () => {
        const rows: DocumentRecord[] = [];
        for await (const record of catalog.search()) rows.push(record);
        return rows;
      },
    }),
  );
}

describe("importing files into the root", () => {
  it("reports what contradicts the line and registers what the file has", () =>
    inWorld(async ({ scratch, import: run, rows }) => {
      scratch.write("files/a", ["files/b", "other"]);
      const lines = [outcomeOf("a", { content_length: 7 }), outcomeOf("b", { content_length: 5 })];
      expect((await run(lines, { into: "copy" })).kinds).toEqual(["1 wrong_size", "2 wrong_hash"]);
      expect((await rows()).map(({ bytes }) => bytes)).toEqual([6, 5]);
    }));

  it("leaves alone what lies outside, unless that is allowed", () =>
    inWorld(async ({ scratch, root, path, import: run }) => {
      scratch.write("outside", "base/none");
      const lines = [outcomeOf("a", { path: "../outside" })];
      const options = { into: "move", baseDir: path("base") } as const;
      expect((await run(lines, options)).kinds).toEqual(["1 outside"]);
      expect([existsSync(root), existsSync(path("outside"))]).toEqual([false, true]);
      expect((await run(lines, { ...options, allowOutside: true })).kinds).toEqual([]);
      expect(existsSync(path("outside"))).toBe(false);
    }));

  it("moves a file that several lines name, and takes up an import that was cut short", () =>
    inWorld(async ({ scratch, path, import: run, rows }) => {
      scratch.write("files/a");
      const one = outcomeOf("a");
      const other = outcomeOf("b", { path: "files/a" });
      expect(await run([one, one, other], { into: "move" })).toMatchObject({
        summary: { documents: 2, repeats: 1 },
        kinds: [],
      });
      expect(existsSync(path("files/a"))).toBe(false);
      const third = outcomeOf("c", { path: "files/a" });
      const unknown = outcomeOf("d", { path: "files/none" });
      expect(await run([one, other, third, unknown], { into: "move" })).toMatchObject({
        summary: { documents: 1, repeats: 2 },
        kinds: ["4 gone"],
      });
      expect(new Set((await rows()).map(({ storageUri }) => storageUri)).size).toBe(1);
    }));

  it("takes renderings in, and finds those that were moved in earlier", () =>
    inWorld(async ({ scratch, catalog, root, path, import: run, rows }) => {
      scratch.write("files/a", ["files/a.html", "<html></html>"]);
      const lines = [outcomeOf("a", { html_paths: ["files/a.html", "files/none.html"] })];
      expect(await run(lines, { into: "move" })).toMatchObject({ summary: { variants: 1 }, kinds: ["1 gone"] });
      const [record] = await rows();
      const variants = await catalog.listVariants(record?.id ?? 0);
      expect(variants).toMatchObject([{ variant: "html", bytes: 13 }]);
      expect(fileURLToPath(variants[0]?.storageUri ?? "")).toContain(root);
      expect(existsSync(path("files/a.html"))).toBe(false);
      expect(await run(lines, { into: "move" })).toMatchObject({ summary: { variants: 0 }, kinds: ["1 gone"] });
      expect(await catalog.listVariants(record?.id ?? 0)).toEqual(variants);
    }));

  it("points rows whose bytes were lost to where they are now", () =>
    inWorld(async ({ scratch, catalog, root, import: run, rows }) => {
      scratch.write("files/a", ["files/a.html", "<html></html>"]);
      const lines = [outcomeOf("a", { html_paths: ["files/a.html"] })];
      await run(lines);
      scratch.write("copies/a", ["copies/a.html", "<html></html>"]);
      rmSync(join(scratch.folder, "files"), { recursive: true });
      const moved = [outcomeOf("a", { path: "copies/a", html_paths: ["copies/a.html"] })];
      expect(await run(moved, { into: "copy" })).toMatchObject({ summary: { documents: 0, repeats: 1 }, kinds: [] });
      const [record] = await rows();
      expect(record?.storageUri).toContain(root);
      expect((await catalog.listVariants(record?.id ?? 0))[0]?.storageUri).toContain(root);
    }));

  it.each([
    ["keep", 1, ["2 changed"], true],
    ["replace", 2, ["2 changed"], false],
    ["variant", 2, ["2 changed"], false],
  ] as const)("does with other bytes what %s says", async (onChange, blobs, kinds, stays) =>
    inWorld(async ({ scratch, root, path, import: run }) => {
      scratch.write("files/a", ["files/b", "other\n"], ["files/b.html", "html"]);
      const html_paths = onChange === "replace" ? [] : ["files/b.html"];
      const other = outcomeOf("a", { path: "files/b", sha256: null, content_length: 6, html_paths });
      expect((await run([outcomeOf("a"), other], { into: "move", onChange })).kinds).toEqual(kinds);
      expect(Object.keys(filesBelow(root))).toHaveLength(blobs);
      expect([existsSync(path("files/a")), existsSync(path("files/b"))]).toEqual([false, stays]);
      expect(existsSync(path("files/b.html"))).toBe(true);
    }),
  );

  it("stores nothing from the first finding on, with strict", () =>
    inWorld(async ({ scratch, root, import: run, rows }) => {
      scratch.write("files/a", "files/b", ["files/c", "other"]);
      const lines = [outcomeOf("a"), outcomeOf("b", { html_paths: ["files/none"] }), outcomeOf("c")];
      const options = { into: "copy", strict: true } as const;
      expect(await run(lines, options)).toMatchObject({ summary: { stopped: true, documents: 1 }, kinds: ["2 gone"] });
      expect(await run(["{", outcomeOf("c")], options)).toMatchObject({ kinds: ["1 damaged"] });
      expect([(await rows()).length, Object.keys(filesBelow(root)).length]).toEqual([1, 1]);
    }));

  it("takes what a symlink leads to, which stays with its mode", () =>
    inWorld(async ({ scratch, root, path, import: run }) => {
      scratch.write("files/a");
      chmodSync(path("files/a"), 0o640);
      symlinkSync("a", path("files/link"));
      await run([outcomeOf("link")], { into: "move" });
      expect(lstatSync(path("files/a")).mode & 0o777).toBe(0o640);
      expect(lstatSync(path("files/link")).isSymbolicLink()).toBe(true);
      expect(Object.keys(filesBelow(root)).map(sha256Of)).toEqual([HELLO_SHA256]);
    }));

  it("takes nothing that belongs to the catalog itself", () =>
    inWorld(async ({ scratch, root, path, import: run, rows }) => {
      scratch.write("files/a");
      await run([outcomeOf("a")], { into: "copy" });
      const [marker = ""] = readdirSync(join(root, ".content-catalog"));
      symlinkSync(`${root}.sqlite`.replace("-root", ""), path("files/link"));
      const own = [`${root}.sqlite`.replace("-root", ""), join(root, ".content-catalog", marker), path("files/link")];
      const lines = own.map((file, index) => outcomeOf(`own-${index}`, { path: file, sha256: null }));
      const options = { into: "move", allowOutside: true } as const;
      expect(await run(lines, options)).toMatchObject({ summary: { own: 3 }, kinds: ["1 own", "2 own", "3 own"] });
      expect([own.every((file) => existsSync(file)), (await rows()).length]).toEqual([true, 1]);
    }));

  it("takes in a file that its row names where it lies, and removes it only then", () =>
    inWorld(async ({ scratch, root, path, rows, import: run }) => {
      scratch.write("files/a");
      await run([outcomeOf("a")]);
      expect(await run([outcomeOf("a")], { into: "move" })).toMatchObject({ summary: { repeats: 1 }, kinds: [] });
      const stored = Object.keys(filesBelow(root));
      expect([existsSync(path("files/a")), stored.length]).toEqual([false, 1]);
      expect((await rows()).map(({ storageUri }) => storageUri)).toEqual(stored.map((each) => `file://${each}`));
    }));

  it("refuses what cannot be", () =>
    inWorld(async ({ scratch, import: run }) => {
      scratch.write("files/a");
      const lines = [outcomeOf("a")];
      await expect(run(lines, { into: "copy", hash: "none" })).rejects.toThrow(TypeError);
      await expect(run(lines, { into: "copy", allowMissing: true })).rejects.toThrow(TypeError);
      await expect(run(lines, { into: "link" as never })).rejects.toThrow("expected one of move, copy, hardlink");
      await expect(scratch.import(lines, { into: "copy" })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    }));

  it("stores nothing when the catalog is disabled", async () => {
    const scratch = await createScratch();
    scratch.write("files/a", ["manifest.jsonl", outcomeOf("a")]);
    const rootDir = join(scratch.folder, "root");
    const catalog = await openCatalog({ catalog: false, storage: { rootDir } });
    const source = { path: join(scratch.folder, "manifest.jsonl") };
    await expect(catalog.importManifest(source, { into: "copy" })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(existsSync(rootDir)).toBe(false);
    await catalog.close();
  });
});
