import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { AddFinding, AddOptions, AddSource, AddSummary } from "../../../src/catalog/add/add-options.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import type { PlacingOptions } from "../../../src/catalog/placing/placing-context.ts";
import { createScratch, outcomeOf, type Scratch } from "../import/_scratch-import.ts";

let scratch: Scratch;
let folder = "";
let catalog: Catalog;
let findings: AddFinding[];

async function open(placing: PlacingOptions = {}): Promise<Catalog> {
  const { fs } = scratch.context;
  const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: join(folder, "root") });
  return openCatalog({ ...scratch.context, store, placing: { layout: "cas", ...placing }, entropy: webCryptoEntropy });
}

beforeEach(async () => {
  scratch = await createScratch();
  folder = realpathSync(scratch.folder);
  scratch.write(["lib/2024/p.txt", "paper"], ["lib/2024/q.txt", "quote"]);
  symlinkSync(join(folder, "lib"), join(folder, "link"));
  findings = [];
  catalog = await open();
});

function at(path: string): string {
  return join(folder, path);
}

function uri(path: string): string {
  return `file://${at(path)}`;
}

function add(sources: string | readonly AddSource[], options: AddOptions = {}): Promise<AddSummary> {
  const list = typeof sources === "string" ? [{ path: at(sources) }] : sources;
  return catalog.add(list, { recursive: true, onFinding: (finding) => void findings.push(finding), ...options });
}

async function rows(sql: string): Promise<readonly unknown[]> {
  return (await scratch.query(sql)).map((row) => (row.length === 1 ? row[0] : row));
}

const SOURCES = "SELECT path, document_id, variant FROM sources ORDER BY document_id, path";
const PLACES = "SELECT uri, path FROM in_place ORDER BY uri";
const URIS = "SELECT storage_uri FROM documents UNION ALL SELECT storage_uri FROM variants";

/** Whether every row names a blob in the root. */
async function areStored(): Promise<boolean> {
  return (await rows(URIS)).every((each) => String(each).startsWith(uri("root/cas/")));
}

/** The names below `cas`. */
function blobs(): readonly string[] {
  if (!existsSync(at("root/cas"))) return [];
  return readdirSync(at("root/cas"), { recursive: true, withFileTypes: true }).flatMap((each) =>
    each.isFile() ? [each.name] : [],
  );
}

describe("one file", () => {
  it.each(["copy", "none", "hardlink"] as const)("is one source, whatever it is called, with %s", async (into) => {
    expect(await add("lib/2024/p.txt", { into })).toMatchObject({ documents: 1 });
    expect(await rows(SOURCES)).toEqual([[at("lib/2024/p.txt"), 1, null]]);
    for (const name of ["lib/2024", "lib", "link/2024/p.txt", "link", "lib/2024/../2024/p.txt"]) {
      const { files, documents, found } = await add(name, { into });
      expect([name, documents, found]).toEqual([name, name === "lib/2024" ? 1 : 0, name === "lib/2024" ? 1 : files]);
    }
    expect(await rows("SELECT artifact_id FROM documents ORDER BY id")).toEqual(["file:p.txt", "file:2024/q.txt"]);
    const places = ["lib/2024/p.txt", "lib/2024/q.txt"].map((each) => [uri(each), at(each)]);
    expect(await rows(PLACES)).toEqual(into === "none" ? places : []);
    expect(findings).toEqual([]);
  });

  it("has the row that a catalog of before made of it, without a line about its source", async () => {
    await add("lib/2024/p.txt");
    await scratch.context.sql.batch([{ sql: "DELETE FROM sources" }]);
    expect(await add("link")).toMatchObject({ files: 2, documents: 1, found: 1 });
    expect(await rows("SELECT path FROM sources ORDER BY path")).toEqual([at("lib/2024/p.txt"), at("lib/2024/q.txt")]);
  });

  it("has as many rows as somebody names artifacts, and is found by what is said", async () => {
    const say = (artifactId: string, path = "lib/2024/p.txt"): AddSource => ({ path: at(path), meta: { artifactId } });
    const once = { recursive: false };
    expect(await add([say("doi:1")], once)).toMatchObject({ documents: 1 });
    expect(await add([say("doi:2", "link/2024/p.txt")], once)).toMatchObject({ documents: 1, deduplicated: 1 });
    expect(await add([say("doi:1", "link/2024/p.txt")], once)).toMatchObject({ documents: 0, found: 1 });
    expect(await add("lib/2024/p.txt")).toMatchObject({ documents: 0, found: 1 });
    const scanned = [{ path: at("lib"), meta: { resolver: "scan" } }];
    expect(await add(scanned)).toMatchObject({ documents: 2 });
    expect(await add([{ path: at("link/2024"), meta: { resolver: "scan" } }])).toMatchObject({
      documents: 0,
      found: 2,
    });
    expect(await rows("SELECT artifact_id, resolver FROM documents ORDER BY id")).toEqual([
      ["doi:1", "local"],
      ["doi:2", "local"],
      ["file:lib/2024/p.txt", "scan"],
      ["file:lib/2024/q.txt", "scan"],
    ]);
  });

  it("forgets its lines with its row, and moves them with its file", async () => {
    await add("lib", { into: "none" });
    await catalog.remove([1]);
    expect(await rows(SOURCES)).toEqual([[at("lib/2024/q.txt"), 2, null]]);
    expect(await rows(PLACES)).toEqual([[uri("lib/2024/q.txt"), at("lib/2024/q.txt")]]);
    scratch.write(["new/2024/q.txt", "quote"]);
    await catalog.relocate({ from: at("lib"), to: at("new") });
    expect(await rows(SOURCES)).toEqual([[at("new/2024/q.txt"), 2, null]]);
    expect(await rows(PLACES)).toEqual([[uri("new/2024/q.txt"), at("new/2024/q.txt")]]);
    expect(await add("new")).toMatchObject({ documents: 0, stored: 1 });
    expect(await rows(PLACES)).toEqual([]);
  });
});

describe("a file that rows name where it lies", () => {
  /** Two artifacts of one file, one with a rendering, and a third by another text as catalogs of before have it. */
  async function importInPlace(): Promise<void> {
    scratch.write(["lib/2024/p.html", "<p>"]);
    const line = (name: string): string =>
      outcomeOf(name, { path: "lib/2024/p.txt", sha256: null, content_length: 5, html_paths: ["lib/2024/p.html"] });
    await scratch.import([line("one"), line("two"), outcomeOf("three", { path: "lib/2024/p.txt", sha256: null })]);
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET storage_uri = ? WHERE id = 3", parameters: [uri("link//2024/%70.txt")] },
      { sql: "DELETE FROM in_place" },
    ]);
  }

  it.each(["copy", "move", "hardlink"] as const)("is taken in by add, with all that name it, by %s", async (into) => {
    await importInPlace();
    expect(await add("link", { into })).toMatchObject({ documents: 1, stored: 3, sourcesKept: 0 });
    expect(findings).toEqual([]);
    expect([await areStored(), blobs().length]).toEqual([true, 3]);
    expect(existsSync(at("lib/2024/p.txt"))).toBe(into !== "move");
    expect(existsSync(at("lib/2024/p.html"))).toBe(into !== "move");
    expect(await rows(PLACES)).toEqual([]);
    expect(await rows("SELECT COUNT(*) FROM sources WHERE path LIKE '%p.txt'")).toEqual([3]);
    if (into === "move") return;
    expect(await add("lib", { into })).toMatchObject({ documents: 0, found: 3, stored: 0, deduplicated: 0 });
  });

  it.each(["copy", "move"] as const)("is taken in by an import into the root, by %s", async (into) => {
    await importInPlace();
    const kinds: string[] = [];
    const onFinding = ({ kind }: { kind: string }): void => void kinds.push(kind);
    await catalog.importManifest({ path: at("manifest.jsonl") }, { into, onFinding });
    expect([await areStored(), existsSync(at("lib/2024/p.txt")), existsSync(at("lib/2024/p.html"))]).toEqual([
      true,
      into === "copy",
      into === "copy",
    ]);
    expect(kinds.filter((kind) => kind === "kept")).toEqual([]);
    if (into === "move") return;
    expect(await add("lib")).toMatchObject({ documents: 1, found: 2 });
  });

  it("is taken in although somebody names it otherwise", async () => {
    await importInPlace();
    const source = { path: at("lib/2024/p.txt"), meta: { artifactId: "mine" } };
    expect(await add([source], { into: "move", recursive: false })).toMatchObject({ documents: 1, sourcesKept: 0 });
    const names = await rows("SELECT DISTINCT storage_uri FROM documents");
    expect([names.length, existsSync(source.path)]).toEqual([1, false]);
  });

  it("stays where it lies without the wish to store it", async () => {
    await importInPlace();
    expect(await add("lib", { into: "none" })).toMatchObject({ documents: 1, found: 2 });
    expect(blobs()).toEqual([]);
  });

  it("is taken in without hashes", async () => {
    catalog = await open({ computeSha256: false });
    await importInPlace();
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET sha256 = NULL" },
      { sql: "UPDATE variants SET sha256 = NULL" },
    ]);
    expect(await add("lib", { into: "move" })).toMatchObject({ documents: 1, failed: 0 });
    expect((await rows(URIS)).every((each) => String(each).startsWith(uri("root/")))).toBe(true);
    expect(existsSync(at("lib/2024/p.txt"))).toBe(false);
  });
});

describe("a file that a row of before names in its own way", () => {
  it.each(["link/2024/p.txt", "lib//2024/%70.txt", "lib/2024/p.txt"])("is never moved away: %s", async (text) => {
    await catalog.registerOrGet({ artifactId: "a", sourceUrl: "u", resolver: "r", bytes: 5, storageUri: "s3://b/x" });
    await scratch.context.sql.batch([{ sql: "UPDATE documents SET storage_uri = ?", parameters: [uri(text)] }]);
    const meta = { artifactId: "b", sourceUrl: "u", resolver: "r" };
    const { sourceKept } = await catalog.finalize(at("lib/2024/p.txt"), meta, { transfer: "move" });
    expect(sourceKept).toBe("is named by the catalog where it lies");
    expect(readFileSync(at("lib/2024/p.txt"), "utf8")).toBe("paper");
  });

  it("is looked for once, and found by later openings", async () => {
    const many = Array.from({ length: 1100 }, (_, n) => ({ artifactId: `${n}`, storageUri: uri(`lib/${n}`) }));
    const rest = { sourceUrl: "u", resolver: "r", bytes: 5 };
    await catalog.registerMany(many.map((each) => ({ ...each, ...rest })));
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET storage_uri = ? WHERE id = 7", parameters: [uri("link/2024/p.txt")] },
      { sql: "UPDATE documents SET storage_uri = 'FILE:///%ff' WHERE id = 8" },
    ]);
    expect(await add("lib/2024/p.txt")).toMatchObject({ documents: 0, stored: 1 });
    expect(await rows("SELECT value FROM meta WHERE key = 'names_noted'")).toEqual(["1100:0"]);
    catalog = await open();
    expect(await add("lib/2024/p.txt")).toMatchObject({ documents: 0, found: 1 });
  });

  it("is found although a damaged row stands beside it", async () => {
    await catalog.registerMany([
      { artifactId: "a", sourceUrl: "u", resolver: "r", bytes: 5, storageUri: uri("lib/2024/p.txt") },
      { artifactId: "b", sourceUrl: "u", resolver: "r", bytes: 5, storageUri: uri("lib/2024/p.txt") },
    ]);
    await catalog.addVariant(2, { variant: "v", storageUri: uri("lib/2024/p.txt"), bytes: 5 });
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET created_at = 'x' WHERE id = 1" },
      { sql: "UPDATE variants SET created_at = 'x'" },
    ]);
    expect(await add("lib/2024/p.txt")).toMatchObject({ documents: 0, stored: 1, failed: 0 });
  });

  it("has no secrets in its key any more", async () => {
    await catalog.registerOrGet({
      artifactId: "a",
      sourceUrl: "https://e.org/x",
      resolver: "r",
      bytes: 5,
      storageUri: uri("lib/2024/p.txt"),
    });
    const secret = "https://user:word@e.org/x";
    await scratch.context.sql.batch([{ sql: "UPDATE documents SET source_url = ?", parameters: [secret] }]);
    expect(await add("lib/2024/p.txt")).toMatchObject({ documents: 0, stored: 1 });
    expect(await rows("SELECT source_url FROM documents")).toEqual(["https://e.org/x"]);
  });
});

describe("files in the root", () => {
  it("have a line as long as a row names them where they lie", async () => {
    scratch.write(["root/own/a", "a"], ["root/own/b", "b"], ["root/own/c", "c"], ["files/out", "out"]);
    const line = (name: string, path: string): string =>
      outcomeOf(name, { path, sha256: null, html_paths: ["root/own/c"] });
    const lines = [line("a", "root//own/a"), line("out", "files/out")];
    for (const hash of ["missing", "none", "all"] as const) {
      await scratch.import(lines);
      await catalog.importManifest({ path: at("manifest.jsonl") }, { hash });
      expect(await rows(PLACES)).toEqual(["root/own/a", "root/own/c"].map((each) => [uri(each), at(each)]));
    }
    // The same key with another file: kept, then replaced.
    await scratch.import([line("a", "root/own/b")]);
    await catalog.importManifest({ path: at("manifest.jsonl") });
    expect(await rows("SELECT path FROM in_place ORDER BY path")).toEqual([at("root/own/a"), at("root/own/c")]);
    await catalog.importManifest({ path: at("manifest.jsonl") }, { onChange: "replace" });
    expect(await rows("SELECT path FROM in_place ORDER BY path")).toEqual([at("root/own/b"), at("root/own/c")]);
  });
});

describe("a file that changed", () => {
  it.each([
    ["keep", { kept: 1, replaced: 0, variants: 0 }, ["changed"]],
    ["replace", { kept: 0, replaced: 1, variants: 0 }, []],
    ["variant", { kept: 0, replaced: 0, variants: 1 }, []],
  ] as const)("is what onChange says: %s", async (onChange, counts, kinds) => {
    await add("lib/2024/p.txt", { into: "none" });
    writeFileSync(at("lib/2024/p.txt"), "another");
    expect(await add("link/2024", { onChange })).toMatchObject({ documents: 1, ...counts });
    expect(findings.map(({ kind }) => kind).filter((kind) => onChange === "keep" || kind !== "changed")).toEqual(kinds);
    expect(await rows("SELECT COUNT(*) FROM documents")).toEqual([2]);
    expect((await rows(PLACES)).length).toBe(onChange === "replace" ? 0 : 1);
    const last = await add("lib/2024", { onChange });
    expect(last).toMatchObject(onChange === "keep" ? { kept: 1 } : { stored: 0, documents: 0 });
  });

  it.each([
    ["keep", ["<p>"], 1],
    ["replace", ["<p>new"], 1],
    ["variant", ["<p>", "<p>new"], 2],
  ] as const)("is what onChange says where it is a rendering: %s", async (onChange, contents, count) => {
    scratch.write(["lib/2024/p.html", "<p>"]);
    await scratch.import([outcomeOf("p", { path: "lib/2024/p.txt", sha256: null, html_paths: ["lib/2024/p.html"] })]);
    await add("lib");
    writeFileSync(at("lib/2024/p.html"), "<p>new");
    for (let round = 0; round < 2; round++) await add("link", { onChange });
    const places = await rows("SELECT storage_uri FROM variants ORDER BY id");
    expect(places.map((each) => readFileSync(String(each).slice(7), "utf8"))).toEqual(contents);
    expect([places.length, (await rows("SELECT COUNT(*) FROM removals"))[0]]).toEqual([
      count,
      onChange === "replace" ? 1 : 0,
    ]);
    expect(await rows("SELECT COUNT(*) FROM documents")).toEqual([2]);
    expect(findings.filter(({ kind }) => kind === "changed").length).toBe(onChange === "replace" ? 1 : 2);
  });

  it.each(["copy", "move", "none"] as const)("is a change of each rendering that it is, with %s", async (into) => {
    scratch.write(["lib/2024/p.html", "<p>"], ["lib/2024/p2.txt", "two"]);
    const lines = ["p", "p2"].map((name) =>
      outcomeOf(name, { path: `lib/2024/${name}.txt`, sha256: null, html_paths: ["lib/2024/p.html"] }),
    );
    await scratch.import(lines.map((line, n) => line.replace("id:p", `id:${n}`)));
    const addPage = () => add("lib/2024/p.html", { into, recursive: false, onChange: "replace" });
    writeFileSync(at("lib/2024/p.html"), "<p>new");
    await addPage();
    expect(await rows("SELECT bytes FROM variants")).toEqual([6, 6]);
    expect((await rows("SELECT DISTINCT storage_uri FROM variants")).length).toBe(1);
    expect(existsSync(at("lib/2024/p.html"))).toBe(into !== "move");
    if (into !== "move") expect(await addPage()).toMatchObject({ found: 1, replaced: 0 });
    expect(await rows("SELECT COUNT(*) FROM removals WHERE verb = 'replace'")).toEqual([2]);
  });

  it.each([
    ["keep", { kept: 1, replaced: 0 }, 3],
    ["replace", { kept: 0, replaced: 1 }, 6],
  ] as const)("is compared where it is a rendering that stays where it lies: %s", async (onChange, counts, bytes) => {
    scratch.write(["lib/2024/p.html", "<p>"]);
    await scratch.import([outcomeOf("p", { path: "lib/2024/p.txt", sha256: null, html_paths: ["lib/2024/p.html"] })]);
    const addPage = () => add("lib/2024/p.html", { into: "none", recursive: false, onChange });
    expect(await addPage()).toMatchObject({ found: 1, kept: 0 });
    writeFileSync(at("lib/2024/p.html"), "<p>new");
    expect(await addPage()).toMatchObject({ found: 0, ...counts });
    expect(await rows("SELECT bytes FROM variants")).toEqual([bytes]);
    expect(await addPage()).toMatchObject(onChange === "replace" ? { found: 1 } : counts);
  });

  it("is compared by its size where a rendering has no hash", async () => {
    scratch.write(["lib/2024/p.html", "<p>"]);
    await scratch.import([outcomeOf("p", { path: "lib/2024/p.txt", sha256: null, html_paths: ["lib/2024/p.html"] })]);
    await scratch.context.sql.batch([{ sql: "UPDATE variants SET sha256 = NULL" }]);
    const addPage = () => add("lib/2024/p.html", { into: "none", recursive: false });
    expect(await addPage()).toMatchObject({ found: 1 });
    writeFileSync(at("lib/2024/p.html"), "<p>new");
    expect(await addPage()).toMatchObject({ found: 0, kept: 1 });
  });

  it("is found if one of its artifacts has its bytes, and a change of each if none has", async () => {
    const say = (artifactId: string): AddSource => ({ path: at("lib/2024/p.txt"), meta: { artifactId } });
    await add([say("doi:1")], { recursive: false });
    writeFileSync(at("lib/2024/p.txt"), "second");
    await add([say("doi:2")], { recursive: false });
    expect(await add("lib/2024/p.txt", { into: "copy" })).toMatchObject({ found: 1, kept: 0 });
    writeFileSync(at("lib/2024/p.txt"), "third");
    expect(await add("lib/2024/p.txt", { into: "move", onChange: "replace" })).toMatchObject({
      replaced: 1,
      sourcesKept: 0,
    });
    expect(await rows("SELECT COUNT(DISTINCT sha256) FROM documents")).toEqual([1]);
    expect(existsSync(at("lib/2024/p.txt"))).toBe(false);
  });
});

describe("a path that is something else by now", () => {
  beforeEach(async () => {
    await add("lib");
    rmSync(at("lib/2024/p.txt"));
  });

  it("a folder: its files are new, and nothing is lost", async () => {
    mkdirSync(at("lib/2024/p.txt"));
    writeFileSync(at("lib/2024/p.txt/inner"), "inner");
    expect(await add("lib")).toMatchObject({ files: 2, documents: 1, found: 1 });
    expect(await areStored()).toBe(true);
  });

  it("a symlink: it is left out below a folder, and the file that it leads to is its own source", async () => {
    symlinkSync("q.txt", at("lib/2024/p.txt"));
    expect(await add("lib")).toMatchObject({ files: 1, found: 1, symlinks: 1, documents: 0 });
    expect(await add("lib/2024/p.txt")).toMatchObject({ found: 1, documents: 0 });
    expect(await rows("SELECT COUNT(*) FROM documents")).toEqual([2]);
  });

  it("another file: it is a change, and the old bytes stay", async () => {
    writeFileSync(at("lib/2024/p.txt"), "other");
    expect(await add("lib")).toMatchObject({ kept: 1, found: 1, documents: 0 });
    expect(findings).toMatchObject([{ kind: "changed", path: at("lib/2024/p.txt") }]);
    expect(blobs()).toHaveLength(2);
  });
});

describe("odd circumstances", () => {
  it("a root that is a symlink has one name", async () => {
    mkdirSync(at("disk"));
    symlinkSync(at("disk"), at("root"));
    catalog = await open();
    await add("lib");
    expect((await rows(URIS)).every((each) => String(each).startsWith(uri("disk/cas/")))).toBe(true);
    const [stored] = await rows("SELECT storage_uri FROM documents WHERE id = 1");
    const through = String(stored).replace("/disk/", "/root/");
    const { record } = await catalog.registerOrGet({
      artifactId: "x",
      sourceUrl: "u",
      resolver: "r",
      bytes: 5,
      storageUri: through,
    });
    expect(record.storageUri).toBe(stored);
    await expect(add("root/cas")).rejects.toMatchObject({ code: "REFUSED" });
  });

  it("a clock that jumps back makes no second row", async () => {
    let nowMs = Date.parse("2026-01-01T00:00:00Z");
    const clock = { ...scratch.context.clock, now: () => nowMs, monotonicMs: () => 0 };
    const jumping = await openCatalog({
      ...scratch.context,
      clock,
      store: await openFileBlobStore({ fs: scratch.context.fs, entropy: webCryptoEntropy, rootDir: at("root") }),
      placing: { layout: "cas" },
      entropy: webCryptoEntropy,
    });
    for (const jump of [0, -86_400_000_000, 172_800_000_000]) {
      nowMs += jump;
      const { failed, documents } = await jumping.add([{ path: at("lib") }], { recursive: true });
      expect([failed, documents]).toEqual([0, jump === 0 ? 2 : 0]);
    }
    expect(await rows("SELECT COUNT(*) FROM documents")).toEqual([2]);
  });
});

describe("one file at once", () => {
  it("by several names and catalogs is one row", async () => {
    const other = await open();
    const adds = [
      add("lib/2024/p.txt"),
      add("link"),
      add("lib/2024"),
      other.add([{ path: at("link/2024/p.txt") }, { path: at("lib") }], { recursive: true }),
    ];
    const summaries = await Promise.all(adds);
    expect(summaries.reduce((sum, { failed }) => sum + failed, 0)).toBe(0);
    expect(summaries.reduce((sum, { documents }) => sum + documents, 0)).toBe(2);
    expect(await rows("SELECT COUNT(*) FROM documents")).toEqual([2]);
    expect(await rows(SOURCES)).toHaveLength(2);
    expect([await areStored(), blobs().length]).toEqual([true, 2]);
  });
});
