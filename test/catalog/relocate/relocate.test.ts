import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { RelocateFinding, RelocateOptions } from "../../../src/catalog/relocate/relocate-options.ts";
import { openCatalog } from "../../../src/hosts/memory.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { collect, registrationOf } from "../_open-for-test.ts";

let fs: FileSystem;
let catalog: Catalog;

beforeEach(async () => {
  fs = createMemoryFileSystem();
  catalog = await openCatalog({ fs });
});

async function writeFile(path: string, bytes: number): Promise<void> {
  const folders = path.split("/").slice(1, -1);
  for (const [index] of folders.entries()) {
    const folder = `/${folders.slice(0, index + 1).join("/")}`;
    if ((await fs.stat(folder)) === undefined) await fs.makeDirectory(folder);
  }
  const file = await fs.open(path, "create");
  await file.write(new Uint8Array(bytes));
  await file.close();
}

/** Registers files of 100 + n bytes at these URIs. */
async function register(...uris: readonly string[]): Promise<void> {
  await catalog.registerMany(uris.map((storageUri, n) => registrationOf(n, { storageUri })));
}

async function uris(of = catalog): Promise<readonly string[]> {
  return (await collect(of.search({}))).sort((a, b) => a.id - b.id).map(({ storageUri }) => storageUri);
}

/** Relocates, and gives what was done with what was reported. */
async function relocate(from: string, to: string, options: RelocateOptions = {}) {
  const findings: RelocateFinding[] = [];
  const onFinding = (finding: RelocateFinding): void => void findings.push(finding);
  const summary = await catalog.relocate({ from, to }, { onFinding, ...options });
  return { ...summary, findings };
}

describe("relocate", () => {
  it("moves what is in the folder, with its variants, and nothing else", async () => {
    await writeFile("/new/a b.pdf", 100);
    await writeFile("/new/sub/1.pdf", 101);
    await writeFile("/new/1.html", 7);
    await register("file:///old/a%20b.pdf", "file:///old/sub/1.pdf", "file:///older/2.pdf", "s3://old/3.pdf");
    await catalog.addVariant(1, { variant: "html", storageUri: "file:///old/1.html", bytes: 7 });
    await catalog.addVariant(1, { variant: "elsewhere", storageUri: "file:///other/1.html", bytes: null });
    const before = await catalog.getById(2);
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await relocate("/old/", "/new")).toEqual({ documents: 2, variants: 1, missing: 0, left: 0, findings: [] });
    expect(await uris()).toEqual([
      "file:///new/a%20b.pdf",
      "file:///new/sub/1.pdf",
      "file:///older/2.pdf",
      "s3://old/3.pdf",
    ]);
    expect((await catalog.listVariants(1)).map(({ storageUri }) => storageUri)).toEqual([
      "file:///new/1.html",
      "file:///other/1.html",
    ]);
    const { updatedAt, storageUri, ...rest } = await catalog.getById(2);
    expect({ ...rest, updatedAt: before.updatedAt, storageUri: before.storageUri }).toEqual(before);
    expect(updatedAt > before.updatedAt).toBe(true);
  });

  it("changes nothing when it is done again", async () => {
    await writeFile("/new/0.pdf", 100);
    await register("file:///old/0.pdf");
    expect((await relocate("/old", "/new")).documents).toBe(1);
    const record = await catalog.getById(1);
    expect((await relocate("/old", "/new")).documents).toBe(0);
    expect(await catalog.getById(1)).toEqual(record);
  });

  it.each([
    ["/data", "/data/docs", "file:///data/0.pdf", "/data/docs/0.pdf"],
    ["/data/docs", "/data", "file:///data/docs/0.pdf", "/data/0.pdf"],
    ["/", "/mnt", "file:///0.pdf", "/mnt/0.pdf"],
    ["/mnt", "/", "file:///mnt/0.pdf", "/0.pdf"],
    ["C:/docs", "/mnt", "file:///C:/docs/0.pdf", "/mnt/0.pdf"],
    ["/old/0.pdf", "/new.pdf", "file:///old/0.pdf", "/new.pdf"],
    ["/a b", "/ü", "file://localhost/a%20b/0.pdf", "/ü/0.pdf"],
  ])("takes %s to %s, and again", async (from, to, uri, path) => {
    await writeFile(path, 100);
    await register(uri);
    expect(await relocate(from, to)).toMatchObject({ documents: 1, left: 0 });
    expect(await uris()).toEqual([new URL(`file://${path}`).href]);
    expect(await relocate(from, to)).toMatchObject({ documents: 0, left: 0 });
  });

  it("changes nothing in a dry run, which tells the same", async () => {
    await writeFile("/new/0.pdf", 100);
    await register("file:///old/0.pdf", "file:///old/1.pdf");
    const dry = await relocate("/old", "/new", { dryRun: true });
    expect(await uris()).toEqual(["file:///old/0.pdf", "file:///old/1.pdf"]);
    expect(await relocate("/old", "/new")).toEqual(dry);
    expect(dry).toMatchObject({ documents: 1, left: 1, findings: [{ kind: "gone", path: "/new/1.pdf" }] });
  });

  it("leaves rows whose file is not there, another, or no file, and says so", async () => {
    await writeFile("/new/1.pdf", 5);
    await writeFile("/new/2.pdf/x", 5);
    await writeFile("/new/3.html", 9);
    await register("file:///old/0.pdf", "file:///old/1.pdf", "file:///old/2.pdf");
    await catalog.addVariant(1, { variant: "html", storageUri: "file:///old/3.html", bytes: 8 });
    await catalog.addVariant(1, { variant: "text", storageUri: "file:///old/3.html", bytes: null });
    const { findings, ...summary } = await relocate("/old", "/new", { jobs: 1 });
    expect(summary).toEqual({ documents: 0, variants: 1, missing: 0, left: 4 });
    expect(findings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'gone: Cannot relocate document 1: "/new/0.pdf" is not there',
      'wrong_size: Cannot relocate document 2: "/new/1.pdf" has 5 bytes, on record are 101',
      'unreadable: Cannot relocate document 3: "/new/2.pdf" is no regular file',
      'wrong_size: Cannot relocate variant "html" of document 1: "/new/3.html" has 9 bytes, on record are 8',
    ]);
    expect(findings.map(({ documentId, variant }) => [documentId, variant])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [1, "html"],
    ]);
  });

  it("takes missing files along when that is allowed, but no others", async () => {
    await writeFile("/new/1.pdf", 5);
    await register("file:///old/0.pdf", "file:///old/1.pdf");
    expect(await relocate("/old", "/new", { allowMissing: true })).toMatchObject({ documents: 1, missing: 1, left: 1 });
    expect(await uris()).toEqual(["file:///new/0.pdf", "file:///old/1.pdf"]);
    expect(await relocate("/old", "/nowhere", { allowMissing: true })).toMatchObject({ documents: 1, missing: 1 });
  });

  it("leaves URIs alone that name no path", async () => {
    await fs.makeDirectory("/new");
    const odd = ["file:///old/%zz", "file:///old/a%00b", "file://server/old/x", "file:relative"];
    await register(...odd);
    expect(await relocate("/old", "/new", { allowMissing: true })).toMatchObject({ documents: 0, left: 0 });
    expect(await uris()).toEqual(odd);
  });

  it("goes through more rows than one batch holds", async () => {
    const rows = 2500;
    await register(...Array.from({ length: rows }, (_, n) => `file:///old/${n}.pdf`));
    const seen: number[] = [];
    const onProgress = (progress: { readonly rows: number }): void => void seen.push(progress.rows);
    const summary = await relocate("/old", "/new", { allowMissing: true, onProgress });
    expect(summary).toMatchObject({ documents: rows, missing: rows });
    expect(seen).toEqual([1000, 2000, 2500, 2500]);
    expect((await uris()).every((uri) => uri.startsWith("file:///new/"))).toBe(true);
  });

  it("can be interrupted, and goes on where it was", async () => {
    await register(...Array.from({ length: 1500 }, (_, n) => `file:///old/${n}.pdf`));
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    const options = { allowMissing: true, signal: abort.signal, onProgress };
    await expect(relocate("/old", "/new", options)).rejects.toMatchObject({ name: "AbortError" });
    expect((await uris()).filter((uri) => uri.startsWith("file:///new/"))).toHaveLength(1000);
    expect(await relocate("/old", "/new", { allowMissing: true })).toMatchObject({ documents: 500 });
  });

  it("leaves a row alone that others changed meanwhile", async () => {
    await writeFile("/new/0.pdf", 100);
    await register("file:///old/0.pdf");
    await catalog.close();
    const files = createFaultyFileSystem(fs);
    const stat = files.stat.bind(files);
    const change = registrationOf(0, { storageUri: "s3://b/0", bytes: 1, sha256: null });
    files.stat = async (path) => {
      if (path === "/new/0.pdf") await catalog.registerOrGet(change, { onChange: "replace" });
      return stat(path);
    };
    catalog = await openCatalog({ fs: files });
    expect(await relocate("/old", "/new")).toMatchObject({ documents: 0, left: 0 });
    expect(await uris()).toEqual(["s3://b/0"]);
  });
});

describe("relocate of what cannot be seen", () => {
  /** A catalog whose files cannot be looked at, but for the new folder itself. */
  async function blind(code: string): Promise<void> {
    await writeFile("/new/0.pdf", 100);
    await register("file:///old/0.pdf");
    await catalog.close();
    const files = createFaultyFileSystem(fs);
    const stat = files.stat.bind(files);
    files.stat = (path) => {
      return path === "/new/0.pdf" ? Promise.reject(Object.assign(new Error(code), { code })) : stat(path);
    };
    catalog = await openCatalog({ fs: files });
  }

  it.each([
    ["EACCES", "unreadable", "cannot be looked at (EACCES)"],
    ["ENOTDIR", "gone", "is not there"],
  ])("reports %s as %s", async (code, kind, part) => {
    await blind(code);
    const { findings, documents } = await relocate("/old", "/new");
    expect(documents).toBe(0);
    expect(findings).toEqual([expect.objectContaining({ kind, message: expect.stringContaining(part) })]);
  });

  it("throws what is trouble of the whole", async () => {
    await blind("ENOTCAPABLE");
    await expect(relocate("/old", "/new")).rejects.toMatchObject({ code: "PERMISSION" });
    expect(await uris()).toEqual(["file:///old/0.pdf"]);
  });
});

describe("relocate that cannot begin", () => {
  it("names a new place that is not there", async () => {
    await expect(relocate("/old", "/nowhere")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'Cannot relocate to "/nowhere": there is no such file or folder',
    });
  });

  it("names a new place that cannot be looked at", async () => {
    await catalog.close();
    const files = createFaultyFileSystem(fs);
    catalog = await openCatalog({ fs: files });
    files.stat = () => Promise.reject(Object.assign(new Error("no"), { code: "EACCES" }));
    await expect(relocate("/old", "/new")).rejects.toMatchObject({ code: "PERMISSION" });
  });

  it.each([
    ["old", "/new", {}, TypeError],
    ["/old", "new", {}, TypeError],
    ["/same/", "/other/../same", {}, TypeError],
    ["/old", "/new", { jobs: 0 }, RangeError],
  ])("refuses %s to %s with %j", async (from, to, options, error) => {
    await expect(relocate(from, to, options)).rejects.toThrow(error);
  });

  it("is refused for a catalog that was opened to read, but for a dry run", async () => {
    await writeFile("/new/0.pdf", 100);
    await register("file:///old/0.pdf");
    await catalog.close();
    catalog = await openCatalog({ fs, mode: "read" });
    expect(await relocate("/old", "/new", { dryRun: true })).toMatchObject({ documents: 1 });
    await expect(relocate("/old", "/new")).rejects.toMatchObject({ code: "READ_ONLY" });
  });
});
