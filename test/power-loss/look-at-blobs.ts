import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { openCatalog } from "../../src/hosts/node.ts";

/** How many files are in each folder that `add-program.mjs` adds. */
export const FILES_PER_FOLDER = 5;

/** What is wrong with a catalog and its root: every folder that was acknowledged is there, and every row's blob whole. */
export async function lookAtBlobs(folder: string, printed: readonly string[]): Promise<readonly string[]> {
  const added = printed.filter((line) => line.startsWith("added ")).map((line) => line.slice("added ".length));
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

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
