import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
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
  if (await isThere(path)) {
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: `${folder}/root` } });
    await catalog.apply(await catalog.planCollect({ orphanTtlDays: 0 }), { force: true });
    await catalog.close();
  }
  return lookAtBlobs(folder, printed);
}

function namesOf(deed: string, printed: readonly string[]): readonly string[] {
  return printed.filter((line) => line.startsWith(`${deed} `)).map((line) => line.slice(deed.length + 1));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
