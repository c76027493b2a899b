import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DocumentRecord } from "../../src/core/document.ts";
import { openCatalog } from "../../src/hosts/node.ts";
import { installPacked, ROOT } from "../package/built-package.ts";

/** A project as its user has it: the packed package, the examples, and the folders that they write to. */
export function createExampleProject(): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), "content-catalog-examples-")));
  installPacked(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  cpSync(join(ROOT, "examples"), join(project, "examples"), { recursive: true });
  // For the compiler only.
  mkdirSync(join(project, "node_modules", "@types"));
  symlinkSync(join(ROOT, "node_modules", "@types", "node"), join(project, "node_modules", "@types", "node"));
  return project;
}

/** Empties the folders that examples write to; they are there already, as a user of Deno would have them. */
export function emptyFolders(project: string): void {
  for (const name of ["state", "data"]) {
    rmSync(join(project, name), { recursive: true, force: true });
    mkdirSync(join(project, name));
  }
}

/** The rows of the catalog that an example wrote. */
export async function rowsOf(project: string): Promise<readonly DocumentRecord[]> {
  const path = join(project, "state", "catalog.sqlite");
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: join(project, "data") }, mode: "read" });
  try {
    const { records } = await catalog.searchPage({ pageSize: 100 });
    return records;
  } finally {
    await catalog.close();
  }
}
