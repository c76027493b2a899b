import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { CatalogError } from "../../src/errors.ts";
import { openCatalog } from "../../src/hosts/node.ts";

/** How many files are in each folder that `add-program.mjs` adds. */
export const FILES_PER_FOLDER = 5;

/** What is wrong with a catalog and its root: every folder that was acknowledged is there, and every row's blob whole. */
export async function lookAtBlobs(folder: string, printed: readonly string[]): Promise<readonly string[]> {
  const removed = namesOf("removing", printed);
  const added = namesOf("added", printed).filter((name) => !removed.includes(name));
  const path = `${folder}/catalog.sqlite`;
  if (!(await isThere(path))) return added.length === 0 ? [] : [`the catalog is lost, with ${added.length} folders`];
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: `${folder}/root` }, mode: "read" });
  try {
    const findings: string[] = [];
    const counts = new Map<string, number>();
    for await (const { artifactId, storageUri, sha256, bytes } of catalog.search()) {
      const name = /^file:([^/]+)/.exec(artifactId)?.[1] ?? "";
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const content = await readFile(new URL(storageUri)).catch((error: unknown) => String(error));
      if (typeof content === "string") findings.push(`the blob of ${artifactId} is lost: ${content}`);
      else if (content.byteLength !== bytes || createHash("sha256").update(content).digest("hex") !== sha256) {
        findings.push(`the blob of ${artifactId} is damaged: ${content.byteLength} bytes of ${bytes}`);
      }
    }
    const lost = added.filter((name) => counts.get(name) !== FILES_PER_FOLDER);
    return [
      ...findings,
      ...lost.map((name) => `of ${name} only ${counts.get(name) ?? 0} rows are there: some are lost`),
    ];
  } finally {
    await catalog.close();
  }
}

/** Collects first, as what a collector had taken is given back then; then nothing is out of its name. */
export async function lookAtCollected(folder: string, printed: readonly string[]): Promise<readonly string[]> {
  const path = `${folder}/catalog.sqlite`;
  const findings = (await isThere(path)) ? await collect(path, `${folder}/root`) : [];
  return [...findings, ...(await lookAtBlobs(folder, printed))];
}

/** What a catalog is refused for that never had a row: it may not have entered its root yet, and did not place what is there. */
const GUARDS_WITHOUT_ROWS: readonly unknown[] = ["marker", "empty catalog"];

/** Collects where there is anything on record: a catalog enters its root before it has a row that names something there. */
async function collect(path: string, rootDir: string): Promise<readonly string[]> {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir } });
  try {
    await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0 }), { force: true });
    return [];
  } catch (error) {
    if (!(error instanceof CatalogError) || !GUARDS_WITHOUT_ROWS.includes(error.details["guard"])) throw error;
    const { documents, removals } = await catalog.stats();
    return documents + removals === 0
      ? []
      : [`refused, with ${documents} rows and ${removals} removals: ${error.message}`];
  } finally {
    await catalog.close();
  }
}

function namesOf(deed: string, printed: readonly string[]): readonly string[] {
  return printed.filter((line) => line.startsWith(`${deed} `)).map((line) => line.slice(deed.length + 1));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
