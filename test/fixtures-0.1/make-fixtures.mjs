import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/*
 * Writes what version 0.1 leaves on disk: node make-fixtures.mjs FOLDER, the folder of its built package. See README.md.
 */

const HERE = import.meta.dirname;
const LIBRARY = "/library";
const encoder = new TextEncoder();

const [packageFolder] = process.argv.slice(2);
if (packageFolder === undefined) throw new Error("Usage: node make-fixtures.mjs FOLDER");
const memory = await import(pathToFileURL(join(packageFolder, "dist/memory.mjs")).href);

await make("cas", { layout: "cas", checkpointOnClose: "never" });
await make("policy_path", { layout: "policy_path", checkpointOnClose: "always" });

async function make(name, { layout, checkpointOnClose }) {
  const fs = memory.createMemoryFileSystem();
  for (const folder of ["", "/downloads", "/docs", "/docs/odd"]) await fs.makeDirectory(LIBRARY + folder);
  const catalog = await memory.openCatalog({
    fs,
    catalog: { path: `${LIBRARY}/state/catalog.sqlite`, checkpointOnClose },
    storage: { rootDir: `${LIBRARY}/docs`, layout },
  });
  await storeContents(catalog);
  await registerSecrets(catalog);
  await catalog.checkpoint();
  // With "cas" all of this stays in the log.
  await registerSpellings(catalog, fs);
  await importAndAdd(catalog, fs);
  await removeSome(catalog);
  await catalog.close();
  rmSync(join(HERE, name), { recursive: true, force: true });
  await dump(fs, LIBRARY, join(HERE, name));
}

/** Bytes in the store: with one content under two keys, an empty one, variants. */
async function storeContents(catalog) {
  const contents = { alpha: "alpha\n", beta: "beta\n", "alpha-again": "alpha\n", empty: "" };
  for (const [id, text] of Object.entries(contents)) {
    const meta = { artifactId: `doi:10.1/${id}`, sourceUrl: `https://example.org/${id}.txt`, resolver: "unpaywall" };
    const { record } = await catalog.ingest(encoder.encode(text), {
      ...meta,
      contentType: "text/plain",
      runId: "run-1",
    });
    if (id !== "alpha") continue;
    await catalog.addVariant(record.id, { variant: "html", storageUri: record.storageUri, bytes: 6 });
    await catalog.addVariant(record.id, { variant: "text", storageUri: "file:///elsewhere/alpha.txt", bytes: 6 });
  }
}

/** URLs that say more than where something is; hashes that nobody computed. */
async function registerSecrets(catalog) {
  const signature =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20250101%2Fus-east-1%2Fs3%2Faws4_request";
  const signed = (date) =>
    `https://bucket.s3.amazonaws.com/p.pdf?${signature}&X-Amz-Date=${date}&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=${"0a".repeat(32)}`;
  const urls = [
    signed("20250101T000000Z"),
    signed("20250102T000000Z"),
    "https://user:password@example.org/private.pdf",
    "https://example.org/list?token=0123456789abcdef0123456789abcdef",
  ];
  for (const [index, sourceUrl] of urls.entries()) {
    const storageUri = `s3://papers/signed-${index}.pdf`;
    await catalog.registerOrGet({
      artifactId: `signed-${index}`,
      sourceUrl,
      resolver: "signed",
      bytes: 10,
      storageUri,
    });
  }
}

/** One file in the root under every name that version 0.1 took for another one. */
async function registerSpellings(catalog, fs) {
  await write(fs, `${LIBRARY}/docs/odd/f.pdf`, "odd\n");
  const uris = [
    "file:///library/docs/odd/f.pdf",
    "file:///library/docs/odd/%66.pdf",
    "file://localhost/library/docs/odd/f.pdf",
    "file:///library/docs//odd/f.pdf",
    "file:///library/docs/odd/../odd/f.pdf",
    "file:///library/docs/odd/F.pdf",
    "file:///library/link/odd/f.pdf",
    "FILE:///library/docs/odd/f.pdf",
  ];
  for (const [index, storageUri] of uris.entries()) {
    const key = { artifactId: `odd-${index}`, sourceUrl: "https://example.org/odd.pdf", resolver: "odd" };
    await catalog.registerOrGet({ ...key, bytes: 4, storageUri });
  }
}

/** A manifest whose files are registered where they lie, and files that were added. */
async function importAndAdd(catalog, fs) {
  for (const name of ["paper.pdf", "paper.html", "notes.txt", "in-place.txt"]) {
    await write(fs, `${LIBRARY}/downloads/${name}`, `${name}\n`);
  }
  const line = {
    record_type: "manifest",
    schema_version: 5,
    timestamp: "2025-01-02T03:04:05Z",
    work_id: "W1",
    url: "https://example.org/paper.pdf",
    resolver: "openalex",
    classification: "pdf",
    path: "paper.pdf",
    html_paths: ["paper.html"],
  };
  await write(fs, `${LIBRARY}/downloads/manifest.jsonl`, `${JSON.stringify(line)}\n`);
  await catalog.importManifest({ path: `${LIBRARY}/downloads/manifest.jsonl` });
  await catalog.add([{ path: `${LIBRARY}/downloads/notes.txt` }]);
  await catalog.add([{ path: `${LIBRARY}/downloads/in-place.txt` }], { into: "none" });
}

async function removeSome(catalog) {
  const [row] = await catalog.listByArtifact("doi:10.1/beta");
  await catalog.remove([row.id], { reason: "no longer wanted" });
}

async function write(fs, path, text) {
  const handle = await fs.open(path, "create");
  await handle.write(encoder.encode(text));
  await handle.close();
}

async function dump(fs, from, to) {
  for await (const { name, kind } of fs.list(from)) {
    if (kind === "directory") {
      await dump(fs, `${from}/${name}`, join(to, name));
      continue;
    }
    // Zeros, and large; whoever reads these files makes its own.
    if (name.endsWith(".reserve")) continue;
    const target = join(to, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, await fs.readFile(`${from}/${name}`));
  }
}
