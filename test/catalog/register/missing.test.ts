import { describe, expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { registrationOf } from "../_open-for-test.ts";
import { type IngestWorld, openEngine, openWorld } from "../ingest/_ingest-world.ts";

async function createCatalog(): Promise<{ readonly world: IngestWorld; readonly catalog: Catalog }> {
  const fs = createMemoryFileSystem();
  const sql = await openEngine();
  const world = await openWorld({ fs, sql });
  await fs.makeDirectory("/data");
  for (const path of ["/data/1.pdf", "/root/there"]) {
    if (path.startsWith("/root") && (await fs.stat("/root")) === undefined) await fs.makeDirectory("/root");
    const handle = await fs.open(path, "create");
    await handle.close();
  }
  const store = await openFileBlobStore({ fs, rootDir: "/root", entropy: webCryptoEntropy });
  return { world, catalog: await openCatalog({ ...world.context, sql, store, entropy: webCryptoEntropy }) };
}

describe("registerOrGet", () => {
  it.each([
    ["file:///data/1.pdf", undefined],
    ["file:///data/2.pdf", true],
    ["file:///data/1.pdf/below", true],
    ["file:///root/there", undefined],
    ["file:///root/gone", true],
    ["s3://bucket/key", undefined],
  ])("says of %s whether it is missing", async (storageUri, missing) => {
    const { catalog } = await createCatalog();
    for (const outcome of ["created", "found"]) {
      const result = await catalog.registerOrGet(registrationOf(1, { storageUri }));
      expect([result.outcome, result.missing]).toEqual([outcome, missing]);
    }
    const [other] = await catalog.registerMany([registrationOf(1, { storageUri, bytes: 7 })], { onChange: "variant" });
    expect(other).toMatchObject({ outcome: "variant" });
    expect(other?.missing).toBe(missing);
  });

  it("looks when its row is there, so that nobody collects what it has seen", async () => {
    const { world, catalog } = await createCatalog();
    const { fs } = world.context;
    const lstat = fs.lstat.bind(fs);
    const rows: number[] = [];
    Object.assign(fs, {
      lstat: async (path: string) => {
        if (path === "/root/there") rows.push((await world.rows()).length);
        return lstat(path);
      },
    });
    await catalog.registerOrGet(registrationOf(1, { storageUri: "file:///root/there" }));
    expect(rows).toEqual([1]);
  });

  it("does not look without a store", async () => {
    const world = await openWorld();
    expect(await world.catalog.registerOrGet(registrationOf(2))).not.toHaveProperty("missing");
  });
});
