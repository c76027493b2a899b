/*
 * Makes a root of files with random bytes, and the catalog that has them on record.
 * Arguments: folder (new), files, bytes of the smallest; and for another layout than cas its name, with how many files
 * have the same bytes. Then sizes differ by up to 1 KiB.
 */
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { insertRows } from "./insert-rows.mjs";
import { makeCatalog } from "./make-catalog.mjs";

/** Written at once. */
const PART_BYTES = 4 * 1024 * 1024;

/** By so much sizes differ where the layout is not cas. */
const SIZES = 1024;

/** Files of an artifact, which have a folder of their own there. */
const FILES_PER_FOLDER = 3;

const [folder = "", files = "0", leastBytes = "0", layout = "cas", copies = "1"] = process.argv.slice(2);
const [root, path] = [join(folder, "docs"), join(folder, "catalog.sqlite")];
const part = Buffer.alloc(PART_BYTES);

/** The same bytes for the same number; random ones where there is one file of each. */
function fillPart(bytes, content) {
  if (copies === "1") randomFillSync(bytes);
  else bytes.fill(createHash("sha256").update(String(content)).digest());
}

/** Writes a file to where nothing is, and gives the hash of what it wrote. */
function writeFile(at, content, sizeBytes) {
  const hash = createHash("sha256");
  const descriptor = openSync(at, "wx", 0o444);
  for (let left = sizeBytes; left > 0; left -= PART_BYTES) {
    const bytes = part.subarray(0, Math.min(left, PART_BYTES));
    fillPart(bytes, content);
    hash.update(bytes);
    writeSync(descriptor, bytes);
  }
  closeSync(descriptor);
  return hash.digest("hex");
}

function keyOf(index, sha256) {
  if (layout === "cas") return join("cas", "sha256", sha256.slice(0, 2), sha256.slice(2));
  const artifact = Math.floor(index / FILES_PER_FOLDER);
  return join(`resolver-${artifact % 7}`, `artifact-${artifact}`, `${index}.pdf`);
}

function* makeFiles() {
  const url = pathToFileURL(root).href;
  const made = new Set();
  const written = join(root, "written");
  for (let index = 0; index < Number(files); index++) {
    // Copies lie far apart from each other.
    const content = index % Math.ceil(Number(files) / Number(copies));
    const bytes = Number(leastBytes) + (layout === "cas" ? 0 : content % SIZES);
    const sha256 = writeFile(written, content, bytes);
    const key = keyOf(index, sha256);
    const above = dirname(join(root, key));
    if (!made.has(above)) mkdirSync(above, { recursive: true });
    made.add(above);
    renameSync(written, join(root, key));
    yield { index, sha256, uri: `${url}/${key}`, bytes, hasRow: true, isPlaced: layout !== "cas" };
  }
}

mkdirSync(root, { recursive: true });
await makeCatalog(path, root, layout);
await insertRows(path, makeFiles());
