/*
 * Makes a root of empty files and the catalog of it. Arguments: folder (new), files, layout, rows.
 * The last files have no row. Rows go into the file as any SQLite tool writes them: that is fast, and no part of what is
 * measured.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { insertRows } from "./insert-rows.mjs";
import { makeCatalog } from "./make-catalog.mjs";

/** What artifacts look like under the default template: most have a folder of their own. */
const FILES_PER_FOLDER = 10 / 3;

const [folder = "", files = "0", layout = "cas", rows = "0"] = process.argv.slice(2);
const [root, path] = [join(folder, "docs"), join(folder, "catalog.sqlite")];
const folders = Math.ceil(Number(files) / FILES_PER_FOLDER);

function describe(index) {
  const sha256 = createHash("sha256").update(String(index)).digest("hex");
  const artifact = index % folders;
  const named = join(`resolver-${artifact % 7}`, `artifact-${artifact}`, `${index}.pdf`);
  return { sha256, key: layout === "cas" ? join("cas", "sha256", sha256.slice(0, 2), sha256.slice(2)) : named };
}

function makeFiles() {
  const made = new Set();
  for (let index = 0; index < Number(files); index++) {
    const file = join(root, describe(index).key);
    const above = dirname(file);
    if (!made.has(above)) mkdirSync(above, { recursive: true });
    made.add(above);
    closeSync(openSync(file, "wx", 0o444));
  }
}

/** The rows of the first files. Content-addressed names are proof enough of where they come from. */
function* listRows() {
  const url = pathToFileURL(root).href;
  for (let index = 0; index < Number(files); index++) {
    const { sha256, key } = describe(index);
    const uri = `${url}/${key}`;
    yield { index, sha256, uri, bytes: 0, hasRow: index < Number(rows), isPlaced: layout !== "cas" };
  }
}

mkdirSync(root, { recursive: true });
makeFiles();
await makeCatalog(path, root, layout);
if (Number(rows) > 0) await insertRows(path, listRows());
