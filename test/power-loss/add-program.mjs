/*
 * A process that adds folders to a catalog, one after the other, with everything on a disk until that fails. It
 * prints a line "added <name>" for each folder that was acknowledged.
 */
import { basename } from "node:path";

const { entry, folder, sources, layout } = JSON.parse(process.argv[2] ?? "{}");
const { openCatalog } = await import(entry);

const FOLDERS_PER_OPENING = 3;

const options = { catalog: { path: `${folder}/catalog.sqlite` }, storage: { rootDir: `${folder}/root`, layout } };

try {
  for (let from = 0; from < sources.length; from += FOLDERS_PER_OPENING) {
    const catalog = await openCatalog(options);
    for (const path of sources.slice(from, from + FOLDERS_PER_OPENING)) {
      const { failed } = await catalog.add([{ path }], { recursive: true });
      if (failed === 0) process.stdout.write(`added ${basename(path)}\n`);
    }
    await catalog.close();
  }
} catch (error) {
  process.stdout.write(`ended ${String(error)}\n`);
}
