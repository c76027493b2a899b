import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openCatalog } from "../../src/hosts/node.ts";
import { makeFolder } from "./test-host.ts";

/** The SHA-256 of a text. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Writes files by their path below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Names that a terminal would act on, or that take more room than they have characters. */
export const EVIL_ID = "doi:10.1/\u001b]0;owned\u0007\n名前\u202e";

/** A folder with a catalog of five documents: two of the same bytes, one without a hash, one with a variant. */
export async function makeFilledCatalog(): Promise<Awaited<ReturnType<typeof makeFolder>>> {
  const folder = await makeFolder();
  const catalog = await openCatalog({ catalog: { path: join(folder.path, "state/catalog.sqlite") } });
  const base = { resolver: "unpaywall", runId: "007", contentType: "application/pdf" };
  const document = (name: string, bytes: number, createdAt: string) => ({
    ...base,
    artifactId: `doi:10.1/${name}`,
    sourceUrl: `https://example.org/${name}`,
    bytes,
    sha256: hashOf(name),
    storageUri: `file:///docs/${name}.pdf`,
    createdAt,
  });
  const results = await catalog.registerMany([
    document("a", 1000, "2025-01-01"),
    { ...document("b", 1000, "2025-01-02"), sha256: hashOf("a") },
    { ...document("c", 5_000_000, "2025-01-03"), sha256: null, resolver: "arxiv" },
    {
      ...document("d", 20, "2025-01-04"),
      artifactId: EVIL_ID,
      sourceUrl: "https://example.org/\u009b31m",
      runId: null,
    },
    { ...document("e", 30, "2025-01-05"), artifactId: "12345", contentType: null },
  ]);
  await catalog.addVariant(results[0]?.record.id ?? 0, {
    variant: "html",
    storageUri: "file:///docs/a.html",
    bytes: 2048,
    contentType: "text/html",
    sha256: hashOf("a.html"),
    createdAt: "2025-01-01",
  });
  await catalog.close();
  return folder;
}
