import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { openCatalog } from "../../../src/hosts/node.ts";
import { askCatalog } from "./answers.ts";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { startWorker } from "./start-worker.mjs";

const worker = await startWorker(fileURLToPath(new URL("acceptance-worker.ts", import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "content-catalog-workerd-"));
const path = join(folder, "catalog.sqlite");
let server: Server;
let origin = "";
let expected: object = {};

/** 6 MB that are sent in pieces, so that nobody knows their length before. */
const LARGE = Buffer.alloc(6_000_000, "0123456789abcdef");

beforeAll(async () => {
  await fillCatalog();
  server = createServer((request, response) => {
    if (request.url === "/catalog.sqlite") response.end(readFileSync(path));
    else if (request.url === "/large.bin") {
      response.writeHead(200, { "content-type": "application/octet-stream", "transfer-encoding": "chunked" });
      response.end(LARGE);
    } else response.writeHead(200, { "content-type": "text/plain" }).end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterAll(async () => {
  await worker.dispose();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A catalog as Node makes it, with what it answers there. */
async function fillCatalog(): Promise<void> {
  const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: join(folder, "data"), layout: "cas" } });
  for (const [index, text] of ["hello", "a longer one", "hello", "%PDF-1.7 paper"].entries()) {
    const artifactId = `doi:10.1/${index + 1}`;
    const meta = { artifactId, sourceUrl: `https://example.org/${index}`, resolver: "unpaywall", runId: "run" };
    await catalog.ingest(new TextEncoder().encode(text), meta);
  }
  const variant = { variant: "text", storageUri: "s3://papers/1.txt", bytes: 3, contentType: "text/plain" };
  await catalog.addVariant(1, variant);
  await catalog.close();
  expected = await readHere(path, askCatalog);
}

async function readHere<Result>(file: string, work: (catalog: Catalog) => Promise<Result>): Promise<Result> {
  const catalog = await openCatalog({ catalog: { path: file }, storage: { rootDir: folder }, mode: "read" });
  try {
    return await work(catalog);
  } finally {
    await catalog.close();
  }
}

/** What a worker ingested, as Node reads it from the catalog that the worker gave. */
async function ingestThere(query: string): Promise<Record<string, unknown>> {
  const response = await worker.fetch(`/ingest?${query}`);
  expect(response.status).toBe(200);
  const file = join(folder, "from-worker.sqlite");
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  return readHere(file, async (catalog) => ({ ...(await catalog.getById(1)) }));
}

describe("Host workerd", () => {
  it("answers as Node does, from the bytes of a catalog that Node made", async () => {
    const response = await worker.fetch("/answers", { method: "POST", body: new Uint8Array(readFileSync(path)) });
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it("answers as Node does from a fetch, to many requests at once", async () => {
    const url = `/answers?url=${encodeURIComponent(`${origin}/catalog.sqlite`)}`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => (await worker.fetch(url)).json() as Promise<unknown>),
    );
    answers.push(await (await worker.fetch(url)).json());
    for (const each of answers) expect(each).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it("ingests a fetch into memory, and Node reads the catalog", async () => {
    const record = await ingestThere(`url=${origin}/hello.txt`);
    expect(record).toMatchObject({
      artifactId: "doi:10.1/edge",
      contentType: "text/plain",
      sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    });
  });

  it.each([
    ["hello.txt", "hello"],
    ["large.bin", LARGE.toString("latin1")],
  ])("ingests a fetch of %s into R2, where the bytes are", async (name, text) => {
    const { storageUri, bytes } = await ingestThere(`url=${origin}/${name}&into=r2`);
    expect([bytes, String(storageUri).startsWith("s3://papers/docs/cas/sha256/")]).toEqual([text.length, true]);
    const bucket = await worker.bucket();
    const object = await bucket.get(String(storageUri).slice("s3://papers/".length));
    expect((await object?.text()) === text).toBe(true);
    expect((await bucket.list({ prefix: "docs/.staging/" })).objects).toEqual([]);
  });
});
