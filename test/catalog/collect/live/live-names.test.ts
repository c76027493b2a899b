import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../../src/adapters/entropy/web-crypto.ts";
import { LiveNames } from "../../../../src/catalog/collect/live/live-names.ts";
import { parseBlobKey } from "../../../../src/core/naming/blob-key.ts";
import type { BlobStore } from "../../../../src/ports/blob-store.ts";
import type { QueryOptions } from "../../../../src/ports/sql.ts";
import { createScratch, type Scratch } from "../../import/_scratch-import.ts";

let scratch: Scratch;
let root = "";
let store: BlobStore;

beforeEach(async () => {
  scratch = await createScratch();
  root = join(realpathSync(scratch.folder), "root");
  const { fs } = scratch.context;
  store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: root });
  scratch.write("root/real/a b.txt", "root/real/c.txt", "root/d.txt", "outside.txt");
  symlinkSync(join(root, "real"), join(root, "link"));
  symlinkSync(join(root, "d.txt"), join(root, "e.txt"));
  symlinkSync(join(root, "nowhere"), join(root, "f.txt"));
  mkdirSync(join(scratch.folder, "elsewhere"));
  symlinkSync(root, join(scratch.folder, "elsewhere/root"));
});

const LINKS = ["link", "e.txt", "f.txt"].map(parseBlobKey);
const NAMES = ["real/a b.txt", "real/c.txt", "d.txt"].map(parseBlobKey);

async function insert(table: "documents" | "variants" | "leases", uri: string, n = 1): Promise<void> {
  const time = "2025-01-01T00:00:00.000Z";
  const statements = {
    documents: {
      sql: `INSERT INTO documents (artifact_id, source_url, resolver, bytes, storage_uri, created_at, updated_at)
        VALUES (?, 'u', 'r', 1, ?, ?, ?)`,
      parameters: [String(n), uri, time, time],
    },
    variants: {
      sql: "INSERT INTO variants (document_id, variant, storage_uri, created_at) VALUES (1, ?, ?, ?)",
      parameters: [String(n), uri, time],
    },
    leases: {
      sql: `INSERT INTO leases (id, uri, origin, holder, taken_at, expires_at) VALUES (?, ?, 'placed', '{}', ?, ?)`,
      parameters: [String(n), uri, time, time],
    },
  };
  await scratch.context.sql.batch([statements[table]]);
}

async function live(links = LINKS): Promise<readonly string[]> {
  const names = new LiveNames({ fs: scratch.context.fs, store }, links);
  await names.read(scratch.context.sql);
  return NAMES.filter((key) => names.has(key));
}

describe("what a catalog refers to", () => {
  it.each([
    ["as the store writes it", () => `file://${root}/real/a%20b.txt`],
    ["with escapes that it needs not", () => `file://${root}/re%61l/a%20b.txt`],
    ["with a host and a way up", () => `file://localhost${root}/x/../real/a%20b.txt`],
    ["through a symlink to the root", () => `file://${scratch.folder}/elsewhere/root/real/a%20b.txt`],
    ["through a symlink in the root", () => `file://${root}/link/a%20b.txt`],
    ["through both", () => `file://${scratch.folder}/elsewhere/root/link/a%20b.txt`],
  ])("is told %s", async (_, uriOf) => {
    await insert("documents", uriOf());
    expect(await live()).toEqual(["real/a b.txt"]);
  });

  it.each(["documents", "variants", "leases"] as const)("is told by its %s", async (table) => {
    if (table === "variants") await insert("documents", "s3://bucket/x");
    expect(await live()).toEqual([]);
    await insert(table, `file://${root}/real/a%20b.txt`);
    expect(await live()).toEqual(["real/a b.txt"]);
  });

  it("is also what a symlink leads to that a row names, and nothing where that leads nowhere", async () => {
    await insert("documents", `file://${root}/e.txt`, 1);
    await insert("documents", `file://${root}/f.txt`, 2);
    await insert("documents", `file://${root}/gone/x.txt`, 3);
    await insert("documents", `file://${realpathSync(scratch.folder)}/outside.txt`, 4);
    await insert("documents", "s3://bucket/real/c.txt", 5);
    expect(await live()).toEqual(["d.txt"]);
  });

  it("is read from the first row to the last, and whatever others committed", async () => {
    const { sql } = scratch.context;
    const query = sql.query.bind(sql);
    const asked: (QueryOptions | undefined)[] = [];
    sql.query = (statement, options) => {
      asked.push(options);
      return query(statement, options);
    };
    const many = Array.from({ length: 5001 }, (_, n) => n);
    for (const n of many) await insert("documents", n === 5000 ? `file://${root}/d.txt` : `file://${root}/${n}`, n);
    const names = new LiveNames({ fs: scratch.context.fs, store });
    await names.read(sql);
    expect([names.size, names.has(parseBlobKey("0")), names.has(parseBlobKey("d.txt"))]).toEqual([5001, true, true]);
    expect(asked.map((options) => options?.fresh)).toEqual(Array(5).fill(true));
    await expect(names.read(sql, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  it("cannot be told where a folder on the way may not be looked at", async () => {
    await insert("documents", `file://${root}/link/c.txt`);
    const { fs } = scratch.context;
    fs.realPath = () => Promise.reject(Object.assign(new Error("denied"), { code: "EACCES" }));
    await expect(live()).rejects.toMatchObject({ code: "PERMISSION" });
  });
});
