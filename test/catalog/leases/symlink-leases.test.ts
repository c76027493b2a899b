import { realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openFileBlobStore } from "../../../src/adapters/blob/files.ts";
import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { openCatalog } from "../../../src/catalog/open.ts";
import { createScratch, outcomeOf } from "../import/_scratch-import.ts";

it("has a lease of the file in the root that a symlink outside leads to, before it looks at it for its row", async () => {
  const fs = createNodeFileSystem();
  const scratch = await createScratch({ fs });
  const folder = realpathSync(scratch.folder);
  scratch.write("root/files/a", "elsewhere/b");
  symlinkSync(join(folder, "root/files"), join(folder, "elsewhere/link"));
  symlinkSync(join(folder, "root/files/a"), join(folder, "elsewhere/a"));
  const store = await openFileBlobStore({ fs, entropy: webCryptoEntropy, rootDir: join(folder, "root") });
  const catalog = await openCatalog({ ...scratch.context, store });
  const open = fs.open.bind(fs);
  const leases = async (): Promise<string> => (await scratch.query("SELECT uri FROM leases")).flat().join();
  const reads: string[] = [];
  fs.open = async (path, ...rest) => {
    if (/\/(link\/)?a$/.test(path)) reads.push(await leases());
    return open(path, ...rest);
  };
  const uri = `file://${join(folder, "root/files/a")}`;
  for (const [at, path] of ["a", "link/a"].entries()) {
    scratch.write(["elsewhere/manifest.jsonl", outcomeOf("x", { work_id: `w${at}`, sha256: null, path })]);
    const source = { path: join(folder, "elsewhere/manifest.jsonl") };
    reads.length = 0;
    expect(await catalog.importManifest(source, { allowOutside: true })).toMatchObject({ documents: 1 });
    expect([path, reads.at(-1), await leases()]).toEqual([path, uri, ""]);
  }
  const rows = await scratch.query("SELECT storage_uri FROM documents");
  expect(rows.flat()).toEqual([uri, uri]);
  await catalog.close();
});
