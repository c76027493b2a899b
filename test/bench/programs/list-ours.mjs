/* Ours: lists a folder and all below as the file system port does. Arguments: a bundle of the adapter, folder. */
import { pathToFileURL } from "node:url";

const [bundle = "", folder = ""] = process.argv.slice(2);
const { createNodeFileSystem } = await import(pathToFileURL(bundle).href);
const fs = createNodeFileSystem();
let count = 0;

async function listBelow(path) {
  for await (const page of fs.list(path)) {
    for (const { name, kind } of page) {
      count += 1;
      if (kind === "directory") await listBelow(`${path}/${name}`);
    }
  }
}

await listBelow(folder);
process.stdout.write(`${count}\n`);
