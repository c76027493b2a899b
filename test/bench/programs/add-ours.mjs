/* The same as `catalog add -r` by way of the library: a folder's files, by its walk. Arguments: folder, catalog, root. */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { openCatalog } from "./package.mjs";
import { forEachAtOnce } from "./place-files.mjs";

const [folder = "", path = "", rootDir = ""] = process.argv.slice(2);
const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout: "cas" } });
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name));
await forEachAtOnce(files, async (file) => {
  const meta = { artifactId: `file:${relative(folder, file)}`, sourceUrl: pathToFileURL(file).href, resolver: "local" };
  await catalog.finalize(file, meta, { transfer: "copy" });
});
await catalog.close();
