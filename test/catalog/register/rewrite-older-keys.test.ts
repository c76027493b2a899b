import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { addSources } from "../../../src/catalog/add/add-sources.ts";
import { insertDocument } from "../../../src/catalog/register/register-statements.ts";
import type { DocumentKey } from "../../../src/core/document.ts";
import { cleanSecrets } from "../../../src/core/secrets/clean-secrets.ts";
import { parseStorageUri } from "../../../src/core/storage-uri.ts";
import { parseTimestamp } from "../../../src/core/timestamp.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { type IngestWorld, openWorld, streamOf } from "../ingest/_ingest-world.ts";

const SIGNED = "https://b.s3.amazonaws.com/k.txt?v=1&X-Amz-Date=1&X-Amz-Signature=hunter2";
const SIGNED_AGAIN = "https://b.s3.amazonaws.com/k.txt?v=1&X-Amz-Date=2&X-Amz-Signature=hunter2b";
const PLAIN = "https://b.s3.amazonaws.com/k.txt?v=1";
const TOKEN = "https://e.org/x?token=hunter2";
const KEY: DocumentKey = { artifactId: "doi:1", sourceUrl: SIGNED, resolver: "http" };

let fs: FileSystem;
let world: IngestWorld;

beforeEach(async () => {
  fs = createMemoryFileSystem();
  world = await openWorld({ fs });
});

/** A row as version 0.1 wrote it. */
async function writeOlder(key: Partial<DocumentKey>, text = "s3://elsewhere/x"): Promise<void> {
  const now = parseTimestamp("2025-01-01T00:00:00Z");
  const rest = { contentType: null, bytes: 5, sha256: null, createdAt: now, runId: null };
  await world.context.sql?.batch([
    insertDocument({ ...KEY, ...key, ...rest, storageUri: parseStorageUri(text) }, { now }),
  ]);
}

/** What the columns hold, whatever anybody is shown. */
async function columns(): Promise<readonly unknown[]> {
  const rows = await world.context.sql?.query({
    sql: "SELECT artifact_id, source_url FROM documents ORDER BY id",
    parameters: [],
  });
  return rows ?? [];
}

const REST = { bytes: 5, storageUri: "s3://elsewhere/x" };

describe("a row of before that has secrets", () => {
  it.each<[string, (key: DocumentKey) => Promise<unknown>]>([
    ["registerOrGet", (key) => world.catalog.registerOrGet({ ...key, ...REST })],
    ["registerMany", (key) => world.catalog.registerMany([{ ...key, ...REST }])],
    ["ingest", (key) => world.ingest("hello", key)],
    ["add", (key) => addSources(world.context, [{ name: "x", meta: key, open: async () => streamOf("hello") }])],
    [
      "importManifest",
      async ({ artifactId, sourceUrl, resolver }) => {
        const line = JSON.stringify({ artifact_id: artifactId, url: sourceUrl, resolver, path: "/a/k.txt", size: 5 });
        const file = await fs.open("/m.jsonl", "create");
        await file.write(new TextEncoder().encode(`${line}\n`));
        await file.close();
        return world.catalog.importManifest(
          { path: "/m.jsonl" },
          { hash: "none", allowOutside: true, format: "jsonl" },
        );
      },
    ],
  ])("takes the key without them when %s names it, with any signature", async (_name, register) => {
    await writeOlder({});
    await register({ ...KEY, sourceUrl: SIGNED_AGAIN });
    expect(await columns()).toEqual([["doi:1", PLAIN]]);
    const [row] = await world.rows();
    expect(row).toMatchObject({ id: 1, sourceUrl: PLAIN });
  });

  it.each<[string, Partial<DocumentKey>, Partial<DocumentKey>]>([
    ["a token", { sourceUrl: TOKEN }, { sourceUrl: TOKEN }],
    ["a password", { sourceUrl: "https://u:hunter2@e.org/x" }, { sourceUrl: "https://u:hunter2@e.org/x" }],
    [
      "an id with a secret",
      { artifactId: `url:${TOKEN}`, sourceUrl: TOKEN },
      { artifactId: `url:${TOKEN}`, sourceUrl: TOKEN },
    ],
    [
      "an id that left it out",
      { artifactId: "url:https://e.org/x", sourceUrl: TOKEN },
      { artifactId: `url:${cleanSecrets(TOKEN)}`, sourceUrl: TOKEN },
    ],
  ])("is found by %s", async (_what, older, given) => {
    await writeOlder(older);
    const { outcome, record } = await world.catalog.registerOrGet({ ...KEY, ...given, ...REST });
    expect([outcome, record.id]).toEqual(["found", 1]);
    expect(JSON.stringify(await columns())).not.toContain("hunter2");
    expect(record.updatedAt > "2026").toBe(true);
    expect(world.logs).toEqual([]);
  });

  it("stays where the key without them is taken, and is named", async () => {
    await writeOlder({ sourceUrl: PLAIN });
    await writeOlder({});
    await writeOlder({ sourceUrl: SIGNED_AGAIN });
    const { record } = await world.catalog.registerOrGet({ ...KEY, ...REST });
    expect(record.id).toBe(1);
    expect(await columns()).toHaveLength(3);
    const warning = "warn: A document has secrets in its key, and another one has the key without them: remove one";
    expect(world.logs).toEqual([warning, warning]);
  });

  it("is shown without them, searched, paged through and removed", async () => {
    await writeOlder({});
    await writeOlder({ sourceUrl: SIGNED_AGAIN });
    await writeOlder({ sourceUrl: TOKEN });
    const { catalog } = world;
    const first = await catalog.searchPage({ sort: "source_url", pageSize: 1 });
    const second = await catalog.searchPage({ sort: "source_url", pageSize: 1, cursor: first.cursor });
    const third = await catalog.searchPage({ sort: "source_url", pageSize: 1, cursor: second.cursor });
    const pages = [first, second, third].flatMap(({ records }) => records);
    expect(new Set(pages.map(({ id }) => id)).size).toBe(3);
    expect(third.cursor).toBeUndefined();
    expect(JSON.stringify([pages, await world.rows()])).not.toContain("hunter2");
    expect(await catalog.listByUrl(TOKEN)).toHaveLength(1);
    expect(await catalog.remove([3])).toHaveLength(1);
    const removals = await world.context.sql?.query({ sql: "SELECT * FROM removals", parameters: [] });
    expect(JSON.stringify(removals)).not.toContain("hunter2");
  });

  it("is nobody else's: another resolver, document or path", async () => {
    await writeOlder({});
    await world.catalog.registerOrGet({ ...KEY, ...REST, resolver: "other" });
    await world.catalog.registerOrGet({ ...KEY, ...REST, artifactId: "doi:2" });
    await world.catalog.registerOrGet({ ...KEY, ...REST, sourceUrl: SIGNED.replace("k.txt", "k.txt2") });
    expect((await columns())[0]).toEqual(["doi:1", SIGNED]);
    expect(await columns()).toHaveLength(4);
  });
});

describe("looking up by a URL with secrets", () => {
  it("finds what is stored without them, and what is stored with them", async () => {
    await world.catalog.registerOrGet({ ...KEY, ...REST });
    await writeOlder({ artifactId: "doi:2", sourceUrl: SIGNED });
    const { catalog } = world;
    expect((await catalog.listByUrl(SIGNED)).map(({ id }) => id)).toEqual([1, 2]);
    expect((await catalog.listByUrl(SIGNED_AGAIN)).map(({ id }) => id)).toEqual([1]);
    expect((await catalog.listByUrl(PLAIN)).map(({ id }) => id)).toEqual([1]);
    const bySearch = async (query: object): Promise<readonly number[]> =>
      (await catalog.searchPage(query)).records.map(({ id }) => id);
    expect(await bySearch({ sourceUrl: SIGNED })).toEqual([1, 2]);
    expect(await bySearch({ sourceUrl: PLAIN })).toEqual([1]);
    expect(await bySearch({ text: SIGNED_AGAIN })).toEqual([1, 2]);
    const { cursor } = await catalog.searchPage({ sourceUrl: SIGNED, pageSize: 1 });
    expect(await bySearch({ sourceUrl: PLAIN, pageSize: 1, cursor })).toEqual([]);
  });
});
