import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { digestOf, registrationOf } from "../_open-for-test.ts";
import { createScratch, outcomeOf, type Scratch } from "../import/_scratch-import.ts";

let scratch: Scratch;
let folder = "";
let catalog: Catalog;

beforeEach(async () => {
  scratch = await createScratch();
  folder = realpathSync(scratch.folder);
  scratch.write("root/sub/f.pdf", "files/f.pdf");
  symlinkSync(join(folder, "files"), join(folder, "link"));
  symlinkSync(join(folder, "root"), join(folder, "root-link"));
  symlinkSync("f.pdf", join(folder, "files/to-f.pdf"));
  const { fs } = scratch.context;
  const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: join(folder, "root") });
  const placing = { catalogPath: join(folder, "link/catalog.sqlite") };
  catalog = await openCatalog({ ...scratch.context, store, placing, entropy: webCryptoEntropy });
});

function uri(path: string): string {
  return `file://${folder}/${path}`;
}

async function uris(table = "documents"): Promise<readonly unknown[]> {
  return (await scratch.query(`SELECT storage_uri FROM ${table} ORDER BY id`)).map(([text]) => text);
}

const IN_ROOT = ["root/sub/%66.pdf", "root//sub/f.pdf", "root/x/../sub/f.pdf", "root-link/sub/f.pdf", "root/sub/f.pdf"];
const ELSEWHERE = ["link/f.pdf", "files/%66.pdf", "files/./f.pdf", "link/to-f.pdf", "files/f.pdf"];

describe("one name for a file", () => {
  it.each([
    [IN_ROOT, "root/sub/f.pdf"],
    [ELSEWHERE, "files/f.pdf"],
  ])("is registered, whatever it is called", async (texts, name) => {
    const other = uri(name).replace("file:", "FILE:").replace("///", "//localhost/");
    const given = [...texts.map(uri), other];
    const many = await catalog.registerMany(given.map((storageUri, n) => registrationOf(n, { storageUri })));
    expect(new Set(many.map(({ record }) => record.storageUri))).toEqual(new Set([uri(name)]));
    for (const [n, storageUri] of given.entries())
      await catalog.addVariant(1, { variant: `v${n}`, storageUri, bytes: 1 });
    expect(new Set(await uris("variants"))).toEqual(new Set([uri(name)]));
  });

  it("leaves what is no file of this machine as it is given", async () => {
    for (const [n, storageUri] of ["s3://b/a//%66", "https://example.org/a/../b", "file:a"].entries()) {
      expect((await catalog.registerOrGet(registrationOf(n, { storageUri }))).record.storageUri).toBe(storageUri);
    }
  });

  it("is refused for the catalog's own files, by whatever name", async () => {
    for (const path of [
      "link/catalog.sqlite",
      "files//catalog.sqlite.oplog",
      "root-link/.staging/x",
      "root/%2estaging/x",
    ]) {
      const storageUri = uri(path);
      const options = { details: { guard: "own files" } };
      await expect(catalog.registerOrGet(registrationOf(1, { storageUri })), path).rejects.toMatchObject(options);
    }
  });

  it.each(["missing", "none"] as const)("is imported with hash %s", async (hash) => {
    mkdirSync(join(folder, "files/deep"));
    scratch.write("files/deep/g.pdf", "files/deep/g.html");
    const g = { path: join(folder, "link/deep/g.pdf"), html_paths: ["link/deep/g.html"] };
    const lines = [
      outcomeOf("f.pdf", { path: "link//f.pdf" }),
      outcomeOf("g", g),
      outcomeOf("h", { path: "link/h.pdf" }),
    ];
    await scratch.import(lines, { hash, allowMissing: hash === "missing" });
    expect(await uris()).toEqual([uri("files/f.pdf"), uri("files/deep/g.pdf"), uri("files/h.pdf")]);
    expect(await uris("variants")).toEqual([uri("files/deep/g.html")]);
  });
});

describe("rows of before", () => {
  /** A row as version 0.1 wrote it. */
  async function insertOlder(n: number, storageUri: string, sha256: string | null): Promise<void> {
    await catalog.registerOrGet(registrationOf(n, { storageUri: "s3://none/x", sha256 }));
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET storage_uri = ? WHERE artifact_id = ?", parameters: [storageUri, `doi:10.1/${n}`] },
    ]);
  }

  it.each(["keep", "replace", "variant"] as const)(
    "stand for their place, however they write it, with %s",
    async (onChange) => {
      for (const [n, text] of ELSEWHERE.entries()) {
        await insertOlder(n, uri(text), null);
        const registration = registrationOf(n, { storageUri: uri("files/f.pdf"), sha256: digestOf("a") });
        const { outcome, record } = await catalog.registerOrGet(registration, { onChange });
        expect([text, outcome, record.sha256]).toEqual([text, "completed", digestOf("a")]);
        expect(record.storageUri).toBe(uri("files/f.pdf"));
      }
      expect((await catalog.stats()).removals).toBe(0);
    },
  );

  it("stay apart where their place is another one", async () => {
    await insertOlder(1, uri("files/other.pdf"), null);
    const registration = registrationOf(1, { storageUri: uri("files/f.pdf"), sha256: digestOf("a") });
    expect(await catalog.registerOrGet(registration)).toMatchObject({ outcome: "found", unverified: true });
    expect(await uris()).toEqual([uri("files/other.pdf")]);
  });

  it("take the canonical name of their variants, too", async () => {
    const line = outcomeOf("f", { path: "files/f.pdf", html_paths: ["files/f.pdf"] });
    await scratch.import([line]);
    const odd = [uri("link/f.pdf"), uri("files/%66.pdf")];
    await scratch.context.sql.batch([
      { sql: "UPDATE documents SET storage_uri = ?", parameters: [odd[0] ?? ""] },
      { sql: "UPDATE variants SET storage_uri = ?, sha256 = NULL", parameters: [odd[1] ?? ""] },
    ]);
    expect((await scratch.importAgain()).summary).toMatchObject({ repeats: 1, documents: 0, variants: 0 });
    expect([...(await uris()), ...(await uris("variants"))]).toEqual([uri("files/f.pdf"), uri("files/f.pdf")]);
  });

  it("keep their key where that was made of their path", async () => {
    const line = JSON.stringify({ artifact_id: "f", path: "link/f.pdf" });
    await scratch.import([line]);
    expect(await scratch.query("SELECT source_url FROM documents")).toEqual([[uri("files/f.pdf")]]);
    const older = {
      sql: "UPDATE documents SET source_url = ?, storage_uri = ?",
      parameters: [uri("link/f.pdf"), uri("link/f.pdf")],
    };
    await scratch.context.sql.batch([older]);
    expect((await scratch.importAgain()).summary).toMatchObject({ repeats: 1, documents: 0 });
    expect(await scratch.query("SELECT source_url, storage_uri FROM documents")).toEqual([
      [uri("files/f.pdf"), uri("files/f.pdf")],
    ]);
  });

  it("are relocated by the path that they mean", async () => {
    mkdirSync(join(folder, "new"));
    scratch.write("new/f.pdf");
    for (const [n, text] of ["link/f.pdf", "files//f.pdf", "root/sub/f.pdf", "s3"].entries())
      await insertOlder(n, uri(text), null);
    await scratch.context.sql.batch([{ sql: "UPDATE documents SET bytes = 6" }]);
    symlinkSync(join(folder, "new"), join(folder, "new-link"));
    const summary = await catalog.relocate({ from: join(folder, "files"), to: join(folder, "new-link") });
    expect(summary).toMatchObject({ documents: 2, left: 0 });
    expect(await uris()).toEqual([uri("new/f.pdf"), uri("new/f.pdf"), uri("root/sub/f.pdf"), uri("s3")]);
  });

  it("count as one blob where they name one", async () => {
    for (const [n, text] of ["link/gone", "files//gone", "files/gone"].entries())
      await insertOlder(n, uri(text), digestOf("a"));
    await scratch.context.sql.batch([{ sql: "UPDATE documents SET bytes = 5" }]);
    const [group] = await catalog.findDuplicates();
    expect(group).toMatchObject({ blobs: 1, files: null, reclaimableBytes: 0 });
  });
});
