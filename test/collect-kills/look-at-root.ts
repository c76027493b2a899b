import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openCatalog } from "../../src/hosts/node.ts";

/** A catalog, and how it calls the root. */
export interface UsedRoot {
  readonly catalogPath: string;
  readonly rootDir: string;
}

/** What lies below a root that catalogs use. */
export interface RootContent {
  /** What is wrong with rows: their bytes are missing, or others. */
  readonly findings: readonly string[];
  /** The hash of each row by the number of its catalog and its artifact. */
  readonly rows: ReadonlyMap<string, string>;
  /** The names of files that no row names, but the catalog's own. */
  readonly unnamed: readonly string[];
}

/** Compares the rows of catalogs with what lies below their root, whose real path comes first. */
export async function lookAtRoot(root: string, catalogs: readonly UsedRoot[]): Promise<RootContent> {
  const findings: string[] = [];
  const rows = new Map<string, string>();
  const named = new Set<string>();
  for (const [at, { catalogPath, rootDir }] of catalogs.entries()) {
    const catalog = await openCatalog({ catalog: { path: catalogPath }, storage: { rootDir }, mode: "read" });
    try {
      for await (const { artifactId, storageUri, sha256, bytes } of catalog.search()) {
        rows.set(`${at} ${artifactId}`, sha256 ?? "");
        const url = new URL(storageUri);
        const content = await readFile(url).catch((error: unknown) => String(error));
        if (typeof content === "string") findings.push(`the blob of ${artifactId} is lost: ${content}`);
        else if (content.byteLength !== bytes || createHash("sha256").update(content).digest("hex") !== sha256) {
          findings.push(`the blob of ${artifactId} is damaged: ${content.byteLength} bytes of ${bytes}`);
        }
        named.add(decodeURIComponent(url.pathname).slice(root.length + 1));
      }
    } finally {
      await catalog.close();
    }
  }
  const files = await filesBelow(root);
  return { findings, rows, unnamed: files.filter((name) => !name.startsWith(".") && !named.has(name)) };
}

/** The names of all files below a folder, in order; none where it is not there. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
