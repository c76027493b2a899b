/*
 * A process that adds folders to a catalog, one after the other, with everything on a disk until that fails. It
 * prints a line "added <name>" for each folder that was acknowledged. If it collects, it removes one folder of each
 * opening again, which it says before ("removing <name>"), and collects, into the trash or not.
 */
import { basename } from "node:path";

const { entry, folder, sources, layout, collects = false } = JSON.parse(process.argv[2] ?? "{}");
const { openCatalog } = await import(entry);

const FOLDERS_PER_OPENING = 3;

const options = { catalog: { path: `${folder}/catalog.sqlite` }, storage: { rootDir: `${folder}/root`, layout } };

async function removeAndCollect(catalog, { name, trash }) {
  process.stdout.write(`removing ${name}\n`);
  const ids = [];
  for await (const { id, artifactId } of catalog.search()) if (artifactId.startsWith(`file:${name}/`)) ids.push(id);
  await catalog.remove(ids);
  await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0, trash }), { force: true });
  process.stdout.write(`collected ${name}\n`);
}

try {
  for (let from = 0; from < sources.length; from += FOLDERS_PER_OPENING) {
    const catalog = await openCatalog(options);
    for (const path of sources.slice(from, from + FOLDERS_PER_OPENING)) {
      const { failed } = await catalog.add([{ path }], { recursive: true });
      if (failed === 0) process.stdout.write(`added ${basename(path)}\n`);
    }
    if (collects) await removeAndCollect(catalog, { name: basename(sources[from]), trash: from % 2 === 1 });
    await catalog.close();
  }
} catch (error) {
  process.stdout.write(`ended ${String(error)}\n`);
}
